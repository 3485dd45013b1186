-- Returns unused messages.
-- KEYS: a hash of bucket number to count for each limit. ARGV: how many, when they were reserved,
-- then the bucket for each key. A deleted bucket is not made again. Counts that were restored from
-- the ledger after the reservation do not include it.
for i, key in ipairs(KEYS) do
  local known = tonumber(redis.call('HGET', key, 'known') or '0')
  if known <= tonumber(ARGV[2]) and redis.call('HEXISTS', key, ARGV[i+2]) == 1 then
    redis.call('HINCRBY', key, ARGV[i+2], -tonumber(ARGV[1]))
  end
end
