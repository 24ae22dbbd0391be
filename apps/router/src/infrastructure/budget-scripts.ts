import { RedisScript } from './redis.ts'

/*
 * The budgets of one tenant in Redis. All keys begin with the same hash tag, so that a cluster keeps them together; a
 * script gets the first of them and makes the others itself:
 *
 *   budget:{tenant}:open           hash: id of the call -> its reservation as JSON {job, month, cost, call}
 *   budget:{tenant}:leases         sorted set: id of the call, by the time at which its lease ends
 *   budget:{tenant}:month:YYYY-MM  hash: an account
 *   budget:{tenant}:job:<id>       hash: an account
 *
 * An account has `spent`, the sum of the ledger without the open reservations; `reserved`, the sum of those; and
 * `book`, a random word that changes whenever a sum that somebody is reading from the ledger would be wrong. Without
 * `spent` it is to be rebuilt: Redis has lost it, or something happened of which only the ledger knows what it means.
 * Redis' own clock decides about leases: replicas need not agree on the time.
 */
const prelude = `
  local open = KEYS[1]
  local tenant = string.sub(open, 1, -5)
  local leases = tenant .. 'leases'
  local idle = 172800000
  local function now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local function whole(number) return string.format('%.0f', number) end
  local function accounts(job, month)
    local keys = { tenant .. 'month:' .. month }
    if job ~= '' then keys[2] = tenant .. 'job:' .. job end
    return keys
  end
  local function keep(key) redis.call('PEXPIRE', key, idle) end
  local function rebuild(key, word)
    redis.call('HDEL', key, 'spent')
    redis.call('HSET', key, 'book', word)
    keep(key)
  end
  local function hold(id, text, lease, word)
    local entry = cjson.decode(text)
    redis.call('HSET', open, id, text)
    redis.call('ZADD', leases, whole(now() + lease), id)
    for _, key in ipairs(accounts(entry.job, entry.month)) do
      redis.call('HINCRBY', key, 'reserved', entry.cost)
      -- a sum that is being read may hold its row one day, and does not leave it out
      if redis.call('HEXISTS', key, 'spent') == 0 then redis.call('HSET', key, 'book', word) end
      keep(key)
    end
    return entry
  end
`

const script = (text: string): RedisScript => new RedisScript(prelude + text)

/**
 * leaseMs, a random word, then id, entry, limit of the job and limit of the month ('' for none) of each. Answers for
 * each {granted}, {missing} when an account with a limit is to be rebuilt, or {reached, which, limit, spent, whether
 * reservations have expired that nobody has settled}.
 */
export const reserve = script(`
  local lease, word = tonumber(ARGV[1]), ARGV[2]
  local names = { 'tenant', 'job' }
  local function answerTo(id, text, job, month)
    if redis.call('HEXISTS', open, id) == 1 then return { 'granted' } end
    local entry = cjson.decode(text)
    local limits = { month, job }
    local keys = accounts(entry.job, entry.month)
    for at = #keys, 1, -1 do
      if limits[at] ~= '' then
        local sums = redis.call('HMGET', keys[at], 'spent', 'reserved')
        if not sums[1] then return { 'missing' } end
        local gone = sums[1] + (sums[2] or 0)
        if gone + entry.cost > tonumber(limits[at]) then
          local expired = redis.call('ZCOUNT', leases, '-inf', whole(now()))
          return { 'reached', names[at], limits[at], whole(gone), expired }
        end
      end
    end
    hold(id, text, lease, word)
    return { 'granted' }
  end
  local answers = {}
  for at = 3, #ARGV, 4 do answers[#answers + 1] = answerTo(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) end
  return answers
`)

/**
 * the present month, a random word, then id, cost ('' when nothing was spent), job and month of each. One that is not
 * open was ended before, or lost: what then is in the sums only the ledger knows.
 */
export const end = script(`
  local present, word = ARGV[1], ARGV[2]
  local function finish(id, cost, job, month)
    local text = redis.call('HGET', open, id)
    if not text then
      if cost ~= '' then
        for _, key in ipairs(accounts(job, month)) do rebuild(key, word) end
      end
      return
    end
    local entry = cjson.decode(text)
    redis.call('HDEL', open, id)
    redis.call('ZREM', leases, id)
    for _, key in ipairs(accounts(entry.job, entry.month)) do
      if entry.cost ~= 0 then redis.call('HINCRBY', key, 'reserved', -entry.cost) end
      if cost ~= '' then
        if redis.call('HEXISTS', key, 'spent') == 1 then
          redis.call('HINCRBY', key, 'spent', cost)
        else
          redis.call('HSET', key, 'book', word)
        end
      end
      keep(key)
    end
    -- the ledger's row may be of the new month
    if cost ~= '' and entry.month ~= present then
      rebuild(tenant .. 'month:' .. entry.month, word)
      rebuild(tenant .. 'month:' .. present, word)
    end
  end
  for at = 3, #ARGV, 4 do finish(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) end
  return 1
`)

/** job, month, a random word. Answers {the month's word, the job's word, ids that are open...}: what a load needs. */
export const beginLoad = script(`
  local words = { '', '' }
  for at, key in ipairs(accounts(ARGV[1], ARGV[2])) do
    redis.call('HSETNX', key, 'book', ARGV[3])
    keep(key)
    words[at] = redis.call('HGET', key, 'book')
  end
  local answer = { words[1], words[2] }
  for _, id in ipairs(redis.call('HKEYS', open)) do answer[#answer + 1] = id end
  return answer
`)

/** job, month, the month's word and sum, the job's word and sum. A sum with an old word is not taken. */
export const load = script(`
  local given = { { ARGV[3], ARGV[4] }, { ARGV[5], ARGV[6] } }
  local entries = redis.call('HVALS', open)
  for at, key in ipairs(accounts(ARGV[1], ARGV[2])) do
    local is = redis.call('HMGET', key, 'spent', 'book')
    if not is[1] and is[2] == given[at][1] then
      local reserved = 0
      for _, text in ipairs(entries) do
        local entry = cjson.decode(text)
        local mine = entry.month == ARGV[2]
        if at == 2 then mine = entry.job == ARGV[1] end
        if mine then reserved = reserved + entry.cost end
      end
      redis.call('HSET', key, 'spent', given[at][2], 'reserved', whole(reserved))
      keep(key)
    end
  end
  return 1
`)

/** leaseMs, a random word, then id and entry of each. Puts back what Redis has lost. */
export const restore = script(`
  for at = 3, #ARGV, 2 do
    if redis.call('HEXISTS', open, ARGV[at]) == 0 then
      local entry = hold(ARGV[at], ARGV[at + 1], tonumber(ARGV[1]), ARGV[2])
      -- its row may be in a sum already
      for _, key in ipairs(accounts(entry.job, entry.month)) do rebuild(key, ARGV[2]) end
    end
  end
  return 1
`)

/** leaseMs, then ids. Answers with those that are not open. */
export const renew = script(`
  local missing = {}
  local till = whole(now() + tonumber(ARGV[1]))
  for at = 2, #ARGV do
    if redis.call('HEXISTS', open, ARGV[at]) == 1 then
      redis.call('ZADD', leases, till, ARGV[at])
    else
      missing[#missing + 1] = ARGV[at]
    end
  end
  return missing
`)

/**
 * leaseMs. Takes over what has expired, under a lease of our own: should we die too, it expires again.
 * Answers {when the last of all leases ends, or '', id, entry, ...}.
 */
export const claim = script(`
  local answer = { '' }
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', whole(now()), 'LIMIT', 0, 100)) do
    local text = redis.call('HGET', open, id)
    if text then
      redis.call('ZADD', leases, whole(now() + tonumber(ARGV[1])), id)
      answer[#answer + 1] = id
      answer[#answer + 1] = text
    else
      redis.call('ZREM', leases, id)
    end
  end
  local last = redis.call('ZRANGE', leases, -1, -1, 'WITHSCORES')
  if last[2] then answer[1] = last[2] end
  return answer
`)

/** job, month. Answers {spent of the month, spent of the job}, nil for what is to be rebuilt. */
export const spent = script(`
  local answer = { false, false }
  for at, key in ipairs(accounts(ARGV[1], ARGV[2])) do answer[at] = redis.call('HGET', key, 'spent') end
  return answer
`)

/**
 * On the key that tells since when Redis has its content: a random word, to be set where it has none. Answers
 * {the content's name, its age in ms}. Another name means that Redis has lost everything.
 */
export const look = new RedisScript(`
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local name = redis.call('GET', KEYS[1])
  if not name then
    name = string.format('%.0f', now) .. ':' .. ARGV[1]
    redis.call('SET', KEYS[1], name)
  end
  return { name, now - tonumber(string.match(name, '^%d+')) }
`)

/** On the sorted set of tenants, by the time until which somebody looks after their reservations: tenants to look at. */
export const due = new RedisScript(`
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)
`)

/** On the same set: leaseMs, tenants... Somebody looks after each for so long. */
export const register = new RedisScript(`
  local time = redis.call('TIME')
  local till = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1]))
  for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'GT', till, ARGV[at]) end
  return 1
`)

/** On the same set: a tenant, and when its last lease ends ('' when it has none). What was registered since stays. */
export const postpone = new RedisScript(`
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
  if score and tonumber(score) <= now then
    if ARGV[2] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
  end
  return 1
`)
