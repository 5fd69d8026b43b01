-- Replays a file of requests with wrk and prints one JSON line.
-- FILE holds lines METHOD<TAB>PATH<TAB>CONTENT-TYPE<TAB>BODY; HEADERS holds lines NAME<TAB>VALUE.
-- With ONCE=1 each request is sent once at most (creates, bookings): threads take turns through the file.
local threads = {}
local counter = 0

function setup(thread)
  thread:set("number", counter)
  counter = counter + 1
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  headers = {}
  for line in io.lines(os.getenv("HEADERS")) do
    local name, value = line:match("^([^\t]*)\t(.*)$")
    headers[name] = value
  end
  local count = tonumber(os.getenv("THREADS"))
  local index = 0
  for line in io.lines(os.getenv("FILE")) do
    if index % count == number then
      local method, path, kind, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t?(.*)$")
      local own = {}
      for name, value in pairs(headers) do own[name] = value end
      if kind ~= "" then own["Content-Type"] = kind end
      requests[#requests + 1] = wrk.format(method, path, own, body ~= "" and body or nil)
    end
    index = index + 1
  end
  once = os.getenv("ONCE") == "1"
  next_request = 0
  exhausted = 0
  statuses = {}
end

function request()
  next_request = next_request + 1
  if next_request > #requests then
    if once then exhausted = 1 end
    next_request = 1
  end
  return requests[next_request]
end

if os.getenv("COUNT") == "1" then
  function response(status)
    statuses[status] = (statuses[status] or 0) + 1
  end
end

function done(summary, latency)
  local codes = {}
  local ran_out = 0
  for _, thread in ipairs(threads) do
    ran_out = ran_out + (thread:get("exhausted") or 0)
    for status, count in pairs(thread:get("statuses") or {}) do codes[status] = (codes[status] or 0) + count end
  end
  local parts = {}
  for status, count in pairs(codes) do parts[#parts + 1] = string.format('"%d":%d', status, count) end
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.4f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"status_errors":%d,"socket_errors":%d,"exhausted":%d,"statuses":{%s}}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    ran_out, table.concat(parts, ",")))
end
