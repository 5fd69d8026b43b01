import HTTPTypes
import Kernel
import PeopleAPI
import Spine
import StudioAPI
import TimeZones
import Vault
import Web

extension People {
    var calendar: ProxyCalendar { ProxyCalendar(definitions: definitions, zones: zones) }

    var proxies: Capability {
        let calendar = calendar
        return Capability(
            "proxies", schema: [Proxies.migration], tables: Proxies.tables,
            recurring: [
                Recurring("proxy-sweep", every: .hours(1)) { spine, tenant in
                    try await ProxySweep.run(spine, tenant, calendar: calendar)
                }
            ], routes: proxyRoutes, seals: [ProxyRecord.sealKind], permissions: [.proxyManage])
    }

    private var proxyRoutes: [Route] {
        [
            .get("/patients/{id}/proxies", .page(.patientRead) { try await proxiesPage($0, $1, ProxyForm()) }),
            .post("/patients/{id}/proxies", .page(.proxyManage) { try await addProxy($0, $1) }),
            .post("/patients/{id}/proxies/{proxy}/custody", .page(.proxyManage) { try await changeCustody($0, $1) }),
            .post("/patients/{id}/proxies/{proxy}/end", .page(.proxyManage) { try await endProxy($0, $1) }),
            .get("/api/v1/patients/{id}/proxies", .api(.patientRead, ProxyAPI.list) { try await listProxies($0, $1) }),
            .post(
                "/api/v1/patients/{id}/proxies", .api(.proxyManage, ProxyAPI.add) { try await addProxyByAPI($0, $1) }),
        ]
    }

    func readProxies(_ request: WebRequest, _ caller: Caller) async throws -> ReadProxies.Answer {
        try await request.spine.ask(
            ReadProxies(
                patient: try request.id("id"), now: request.spine.clock.now(), directory: directory,
                calendar: calendar), as: caller)
    }

    private func addProxy(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        var form = ProxyForm(try request.form())
        guard let proxy = form.proxy() else { return try await proxiesPage(request, signedIn, form) }
        do {
            _ = try await request.spine.perform(
                AddProxy(patient: patient, proxy: proxy, directory: directory, calendar: calendar),
                as: signedIn.caller)
        } catch let fault as Fault where fault.category == .invalid || fault.code == "patient.not-found" {
            // The patient of the page was found when the page was made: what is not found is the proxy's own record.
            form.note(fault)
            return try await proxiesPage(request, signedIn, form)
        }
        return .seeOther("/patients/\(patient.text)/proxies?done=proxy.added")
    }

    private func changeCustody(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let fields = try request.form()
        guard let custody = fields["custody"].flatMap(Custody.init(rawValue:)),
            let from = fields.trimmed("from").flatMap({ CivilDate(iso: $0) })
        else {
            var form = ProxyForm()
            form.wrong["custody"] = "proxies.wrong.custody"
            return try await proxiesPage(request, signedIn, form)
        }
        _ = try await request.spine.perform(
            ChangeCustody(
                patient: patient, proxy: try request.id("proxy"), span: CustodySpan(from: from, custody),
                directory: directory, calendar: calendar), as: signedIn.caller)
        return .seeOther("/patients/\(patient.text)/proxies?done=proxy.custody")
    }

    private func endProxy(_ request: WebRequest, _ signedIn: SignedIn) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        do {
            _ = try await request.spine.perform(
                EndProxy(
                    patient: patient, proxy: try request.id("proxy"),
                    reason: try request.form().trimmed("reason") ?? "",
                    directory: directory, calendar: calendar), as: signedIn.caller)
        } catch let fault as Fault where fault.category == .invalid {
            var form = ProxyForm()
            form.wrong["end"] = "proxies.wrong.end"
            return try await proxiesPage(request, signedIn, form)
        }
        return .seeOther("/patients/\(patient.text)/proxies?done=proxy.ended")
    }

    // MARK: For programs

    private func listProxies(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        .json(ProxyAPI.bytes(try await readProxies(request, caller)))
    }

    private func addProxyByAPI(_ request: WebRequest, _ caller: Caller) async throws -> WebResponse {
        let patient: ID<Patient> = try request.id("id")
        let key = try Self.idempotencyKey(request)
        let command = AddProxy(
            patient: patient, proxy: try ProxyAPI.proxy(try request.json()), directory: directory, calendar: calendar)
        let payload = Array(patient.text.utf8) + request.body
        let made = try await request.spine.perform(command, as: caller, idempotency: key.map { ($0, payload) })
        return .json(ProxyAPI.bytes(made: made), status: .created)
    }
}
