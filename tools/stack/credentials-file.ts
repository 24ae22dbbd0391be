import path from 'node:path'

/**
 * The file of the local user's key, in the form of the client's credentials. It stands apart from what makes that user:
 * that needs generated code, and this is asked for before there is any.
 */
export const credentialsFile = (dir: string): string => path.join(dir, 'credentials.json')
