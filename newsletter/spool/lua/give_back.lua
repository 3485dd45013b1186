-- KEYS: as above. ARGV: how many, when they were reserved, then the bucket for each key. A bucket
-- that is gone stays gone, and counts made anew from the ledger never held what was reserved before.
for i, key in ipairs(KEYS) do
  local known = tonumber(redis.call('HGET', key, 'known') or '0')
  if known <= tonumber(ARGV[2]) and redis.call('HEXISTS', key, ARGV[i+2]) == 1 then
    redis.call('HINCRBY', key, ARGV[i+2], -tonumber(ARGV[1]))
  end
end
