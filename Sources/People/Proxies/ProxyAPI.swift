import JSON
import Kernel
import PeopleAPI
import StudioAPI
import TimeZones
import Web

/// Proxies as programs see them.
enum ProxyAPI {
    private static let text: JSONValue = ["type": "string"]
    private static let day: JSONValue = ["type": "string", "format": "date"]

    private static func words(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map(JSONValue.string))]
    }

    private static let basis = words(ProxyBasis.allCases.map(\.rawValue))
    private static let access = words(ProxyPolicyDefinition.Access.allCases.map(\.rawValue))

    static let list = APIOperation(
        "readProxies", tag: "Patients",
        "Who may act for a patient, and for whom the patient acts, as it stands today where the patient lives",
        parameters: [PatientsAPI.id],
        answer: [
            "type": "object", "required": ["day", "proxies", "actsFor"],
            "properties": [
                "day": day,
                "proxies": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["id", "name", "basis", "access", "acts"],
                        "properties": [
                            "id": text, "name": text, "person": text, "basis": basis, "code": text, "access": access,
                            "reason": words(ProxyReason.allCases.map(\.rawValue)), "from": day, "until": day,
                            "nextChange": day, "acts": ["type": "array", "items": text],
                        ],
                    ],
                ],
                "actsFor": [
                    "type": "array",
                    "items": [
                        "type": "object", "required": ["patient", "name", "basis", "access"],
                        "properties": ["patient": text, "name": text, "basis": basis, "access": access],
                    ],
                ],
            ],
        ])

    static let add = APIOperation(
        "addProxy", tag: "Patients", "Writes down that somebody may act for a patient",
        parameters: [PatientsAPI.id, PatientsAPI.idempotencyKey],
        body: [
            "type": "object", "required": ["basis", "from"],
            "properties": [
                "name": text, "person": text, "phone": text, "basis": basis,
                "access": words(["limited", "full"]), "from": day, "until": day, "document": text, "note": text,
                "custody": [
                    "type": "array", "maxItems": 20,
                    "items": [
                        "type": "object", "required": ["from", "custody"],
                        "properties": ["from": day, "custody": words(Custody.allCases.map(\.rawValue))],
                    ],
                ],
            ],
        ], status: 201,
        answer: ["type": "object", "required": ["id"], "properties": ["id": text]])

    static func proxy(_ body: JSONValue) throws(Fault) -> NewProxy {
        guard let basis = body["basis"]?.string.flatMap(ProxyBasis.init(rawValue:)) else {
            throw Fault.invalid("basis", "One of parent, guardian, agent, chosen.")
        }
        let access = try body["access"].map { (value) throws(Fault) in
            guard let access = value.string.flatMap(ProxyPolicyDefinition.Access.init(rawValue:)) else {
                throw Fault.invalid("access", "One of limited, full.")
            }
            return access
        }
        var spans: [CustodySpan] = []
        for (index, entry) in (body["custody"]?.array ?? []).prefix(21).enumerated() {
            guard index < 20, let custody = entry["custody"]?.string.flatMap(Custody.init(rawValue:)) else {
                throw Fault.invalid("custody[\(index)]", "One of joint, sole, visiting, none; at most twenty.")
            }
            spans.append(CustodySpan(from: try day(entry["from"], "custody[\(index)].from"), custody))
        }
        let until = body["until"]
        var proxy = NewProxy(
            name: body["name"]?.string?.trimmed ?? "",
            terms: ProxyTerms(
                basis: basis, ceiling: access ?? .full, from: try day(body["from"], "from"),
                until: until?.isNull ?? true ? nil : try day(until, "until"), custody: spans))
        if let person = body["person"]?.string {
            guard let id = ID<Patient>(person) else { throw Fault.invalid("person", "There is no such patient.") }
            proxy.person = id
        }
        if let phone = body["phone"]?.string {
            guard let number = PhoneNumber(phone) else {
                throw Fault.invalid("phone", "A phone number with area code.")
            }
            proxy.phone = number
        }
        proxy.document = body["document"]?.string?.trimmed
        proxy.note = body["note"]?.string?.trimmed
        return proxy
    }

    private static func day(_ value: JSONValue?, _ path: String) throws(Fault) -> CivilDate {
        guard let day = value?.string.flatMap({ CivilDate(iso: $0) }) else {
            throw Fault.invalid(path, "A day as 2026-03-08.")
        }
        return day
    }

    static func bytes(made id: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("id", id)
        json.endObject()
        return json.bytes
    }

    static func bytes(_ read: ReadProxies.Answer) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("day", read.day.iso)
        json.key("proxies")
        json.beginArray()
        for proxy in read.proxies {
            let terms = proxy.record.terms
            json.beginObject()
            json.field("id", proxy.row.id.text)
            json.field("name", proxy.record.name)
            json.field("person", ifPresent: read.person(of: proxy)?.text)
            json.field("basis", terms.basis.rawValue)
            json.field("code", terms.basis.code)
            json.field("access", proxy.standing.access.rawValue)
            json.field("reason", ifPresent: proxy.standing.reason?.rawValue)
            json.field("from", terms.from.iso)
            json.field("until", ifPresent: terms.until?.iso)
            json.field("nextChange", ifPresent: proxy.next?.day.iso)
            json.key("acts")
            json.beginArray()
            for act in ProxyAct.allCases where proxy.decide(act) == .permit { json.string(act.rawValue) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.key("actsFor")
        json.beginArray()
        for ward in read.wards {
            json.beginObject()
            json.field("patient", ward.patient.text)
            json.field("name", ward.name)
            json.field("basis", ward.proxy.record.terms.basis.rawValue)
            json.field("access", ward.proxy.standing.access.rawValue)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
