-- Posts signed webhooks: FILE holds lines SIGNATURE<TAB>BODY, each sent once.
function setup(thread) the_thread = thread end

function init(args)
  requests = {}
  for line in io.lines(os.getenv("FILE")) do
    local signature, body = line:match("^([^\t]*)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", "/hooks/bench/sms",
      { ["Content-Type"] = "application/x-www-form-urlencoded", ["X-Twilio-Signature"] = signature }, body)
  end
  position = 0
  exhausted = 0
  statuses = {}
end

function request()
  position = position + 1
  if position > #requests then
    exhausted = 1
    position = 1
  end
  return requests[position]
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
end

function done(summary, latency)
  local parts = {}
  for status, count in pairs(the_thread:get("statuses")) do parts[#parts + 1] = string.format('"%d":%d', status, count) end
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.4f,"p50_ms":%.3f,"p99_ms":%.3f,"status_errors":%d,"socket_errors":%d,"exhausted":%d,"statuses":{%s}}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, the_thread:get("exhausted"),
    table.concat(parts, ",")))
end
