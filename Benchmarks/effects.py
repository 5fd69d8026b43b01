"""How soon a no takes effect: a withdrawn consent on what waits to be sent, an ended access on what is open."""
import json
import os
import statistics
import time
import urllib.request


def send(server, method, path, body):
    request = urllib.request.Request(
        server.base + path, json.dumps(body).encode(), method=method,
        headers={"Authorization": "Bearer " + server.key, "Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def spread(times):
    times = sorted(times)
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


def withdrawal(args, Data, Server, figure, signed, clinic, account):
    """A hundred people with a text that waits write STOP, one after another: the time from the carrier's request until the
    log says that the text is withdrawn. The carrier cannot be reached, so that texts wait."""
    data = Data(args)
    stamp = int(time.time())
    with Server(data, data.prepare()) as server:
        server.sign_in()
        server.settle()
        day = lambda ahead: time.strftime("%Y-%m-%d", time.gmtime(time.time() + ahead * 86400))  # noqa: E731
        free, ends = [], {}
        slots = server.api(f"/api/v1/slots?visit_type=annual-physical&from={day(9)}&to={day(12)}&limit=1000")["slots"]
        for slot in slots:
            hour, minute = slot["localStart"][11:16].split(":")
            start, who = int(hour) * 60 + int(minute), (slot["practitioner"], slot["localStart"][:10])
            if start >= ends.get(who, 0):
                ends[who] = start + 60
                free.append(slot)
        waiting = {}
        for number, slot in enumerate(free[:int(os.environ.get("BENCH_PEOPLE", 100))]):
            phone = f"+1{stamp % 600 + 300}{stamp // 600 % 700 + 200}{number:04d}"
            patient = send(server, "POST", "/api/v1/patients", {
                "given": ["Wren"], "family": f"Vale{number}", "birthDate": "1980-01-02",
                "phones": [{"number": phone, "use": "mobile"}], "language": "en"})["id"]
            send(server, "POST", "/api/v1/appointments", {
                "patient": patient, "visitType": "annual-physical", "practitioner": slot["practitioner"],
                "location": slot["location"], "localStart": slot["localStart"]})
            waiting[phone] = patient
        time.sleep(2)
        times = []
        for number, (phone, patient) in enumerate(waiting.items()):
            fields = {"MessageSid": f"SM{stamp:08x}{number:024x}", "AccountSid": account, "From": phone, "To": clinic,
                      "Body": "STOP", "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01"}
            signature, body = signed("/hooks/bench/sms", fields)
            started = time.perf_counter()
            request = urllib.request.Request(server.base + "/hooks/bench/sms", body.encode(), headers={
                "X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"})
            urllib.request.urlopen(request).read()
            while time.perf_counter() - started < 10:
                entries = server.api(f"/api/v1/patients/{patient}/timeline?limit=20")["entries"]
                if any(entry["kind"] == "message.withdrawn" for entry in entries):
                    times.append(time.perf_counter() - started)
                    break
                time.sleep(0.002)
            else:
                if os.environ.get("BENCH_DEBUG"):
                    print(phone, [(e["kind"], e.get("code"), e.get("detail")) for e in entries])
        if len(times) < len(waiting):
            print(f"bench: {len(waiting) - len(times)} of {len(waiting)} had nothing withdrawn", flush=True)
    median, most = spread(times)
    figure("withdrawal", most, "s", args, n=len(times), p50_ms=round(median * 1e3, 1), p99_ms=round(most * 1e3, 1))
