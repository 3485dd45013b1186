-- Restores the counts of a limit from the ledger.
-- KEYS: one hash. ARGV: its time to live in ms, now, then bucket, count, bucket, count …
-- Messages reserved meanwhile are in the ledger or soon will be, so the larger count is kept.
if redis.call('HEXISTS', KEYS[1], 'known') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'known', ARGV[2])
for i = 3, #ARGV, 2 do
  local found = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
  if found < tonumber(ARGV[i+1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
