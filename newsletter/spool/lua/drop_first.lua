-- Drops what was stored from the head of a list. KEYS: the list. ARGV: its first item as it was read,
-- then how many items were read. Does nothing if someone else has dropped them meanwhile.
if redis.call('LINDEX', KEYS[1], 0) == ARGV[1] then
  redis.call('LTRIM', KEYS[1], ARGV[2], -1)
end
