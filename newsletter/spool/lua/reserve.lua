-- Reserves messages. Returns {messages, ms to wait, number of the limit that is used up}.
-- KEYS: a hash of bucket number to count for each limit. ARGV: now, wanted, then for each limit its
-- count, the ms of a bucket, the number of buckets, and 1 if its counts must be known.
-- The arithmetic is that of `remaining` in domain/delivery/pacing.py; a test compares them.
local now, wanted = tonumber(ARGV[1]), tonumber(ARGV[2])
local granted, wait, short = wanted, 0, 0
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 4
  local most, length, buckets = tonumber(ARGV[at+1]), tonumber(ARGV[at+2]), tonumber(ARGV[at+3])
  if ARGV[at+4] == '1' and redis.call('HEXISTS', key, 'known') == 0 then return {-1, 0, i} end
  local current, used, first = math.floor(now / length), 0, nil
  local fields = redis.call('HGETALL', key)
  for j = 1, #fields, 2 do
    local bucket, count = tonumber(fields[j]), tonumber(fields[j+1])
    if bucket then
      if math.abs(current - bucket) > buckets then redis.call('HDEL', key, fields[j])
      elseif count > 0 then
        used = used + count
        if not first or bucket < first then first = bucket end
      end
    end
  end
  local free = most - used
  if free <= 0 then
    granted = 0
    local until_some = ((first or current) + buckets + 1) * length - now
    if until_some > wait then wait, short = until_some, i end
  elseif free < granted then granted = free end
end
if granted > 0 then
  for i, key in ipairs(KEYS) do
    local at = 2 + (i - 1) * 4
    local length, buckets = tonumber(ARGV[at+2]), tonumber(ARGV[at+3])
    redis.call('HINCRBY', key, string.format('%.0f', math.floor(now / length)), granted)
    redis.call('PEXPIRE', key, length * (buckets + 2) * 2)
  end
end
return {granted, wait, short}
