/** Look-ups before anybody is known: each takes a hash that nobody can guess and returns ids only. */
export const lookUps = {
  'function find_user_by_email': 'login: whose address is this?',
  'function find_session_by_token': 'refresh: whose token is this?',
  'function find_api_key_by_secret': 'API keys: whose secret is this?',
} as const
