import JSON
package import Kernel
import PeopleAPI
package import Spine
import Store
package import StudioAPI
package import TimeZones
package import Vault

/// What is typed about a new proxy.
package struct NewProxy: Sendable, Equatable {
    package var name = ""
    package var person: ID<Patient>?
    package var phone: PhoneNumber?
    package var terms: ProxyTerms
    package var document: String?
    package var note: String?

    package init(name: String = "", terms: ProxyTerms) {
        self.name = name
        self.terms = terms
    }
}

/// Writes down that somebody may act for a patient.
package struct AddProxy: Command {
    package static let name = "AddProxy"
    package static let permission = Permission.proxyManage
    let patient: ID<Patient>
    let proxy: NewProxy
    let directory: PeopleDirectory
    let calendar: ProxyCalendar

    init(patient: ID<Patient>, proxy: NewProxy, directory: PeopleDirectory, calendar: ProxyCalendar) {
        self.patient = patient
        self.proxy = proxy
        self.directory = directory
        self.calendar = calendar
    }

    package init(
        _ patient: ID<Patient>, _ proxy: NewProxy, directory: PeopleDirectory, definitions: any DefinitionReading,
        zones: TimeZoneDatabase
    ) {
        self.init(
            patient: patient, proxy: proxy, directory: directory,
            calendar: ProxyCalendar(definitions: definitions, zones: zones))
    }

    package func validate() throws {
        var wrong: [Fault.Field] = []
        if proxy.name.count > 120 { wrong.append(Fault.Field("name", "At most 120 characters.")) }
        if proxy.name.isEmpty, proxy.person == nil { wrong.append(Fault.Field("name", "Say who it is.")) }
        if let until = proxy.terms.until, until <= proxy.terms.from {
            wrong.append(Fault.Field("until", "It ends after it begins."))
        }
        if proxy.terms.ceiling == .none { wrong.append(Fault.Field("access", "One of limited, full.")) }
        if [.guardian, .agent].contains(proxy.terms.basis), (proxy.document ?? "").isEmpty {
            wrong.append(Fault.Field("document", "Name the order or directive it rests on."))
        }
        if (proxy.document ?? "").count > 200 { wrong.append(Fault.Field("document", "At most 200 characters.")) }
        if (proxy.note ?? "").count > 1000 { wrong.append(Fault.Field("note", "At most 1,000 characters.")) }
        if !wrong.isEmpty {
            throw Fault(.invalid, "proxy.invalid", "The proxy cannot be written down like this.", fields: wrong)
        }
    }

    package func run(_ context: CommandContext) throws -> String {
        let transaction = context.transaction
        let ward = try ProxyWard(patient, directory: directory, calendar: calendar, context: context)
        var name = proxy.name
        if let person = proxy.person {
            let known = try directory.grant(.patientRead, for: person, access: context.access, in: transaction)
            guard !known.set.contains(patient) else { throw Fault.invalid("person", "Nobody is their own proxy.") }
            if name.isEmpty {
                name = try directory.names(of: [person], grant: known.grant, in: transaction)[person] ?? person.text
            }
        }
        guard try ProxyStore.count(of: patient, in: transaction) < Proxies.most else {
            throw Fault(.conflict, "proxy.many", "A patient has at most \(Proxies.most) proxies.")
        }
        let record = ProxyRecord(
            name: name, phone: proxy.phone?.e164, terms: proxy.terms, document: proxy.document, note: proxy.note,
            told: ward.standing(proxy.terms))
        let id: ID<PatientProxy> = context.newID()
        try ProxyStore.insert(
            id, patient: patient, subject: ward.plain.keySubject, person: proxy.person,
            try context.vault.seal(record, id: id.raw, subject: ward.plain.keySubject), told: ward.day,
            at: context.now, in: transaction)
        context.concerns(.patient(patient))
        context.emit(
            NewEvent(.proxyAdded, patient: patient, body: ["basis": .string(proxy.terms.basis.rawValue)]))
        return id.text
    }
}

/// Writes down who decides for the child from a day on.
package struct ChangeCustody: Command {
    package static let name = "ChangeCustody"
    package static let permission = Permission.proxyManage
    let patient: ID<Patient>
    let proxy: ID<PatientProxy>
    let span: CustodySpan
    let directory: PeopleDirectory
    let calendar: ProxyCalendar

    package func run(_ context: CommandContext) throws -> Bool {
        let ward = try ProxyWard(patient, directory: directory, calendar: calendar, context: context)
        let row = try ward.proxy(proxy, in: context.transaction)
        var record = try row.open(ward.grant)
        let terms = record.terms
        guard terms.basis == .parent || terms.basis == .guardian else {
            throw Fault.invalid("custody", "Only parents and guardians have custody.")
        }
        let spans = terms.custody.filter { $0.from != span.from } + [span]
        guard spans.count <= 20 else { throw Fault.invalid("custody", "At most twenty changes of custody.") }
        record.terms = ProxyTerms(
            basis: terms.basis, ceiling: terms.ceiling, from: terms.from, until: terms.until, custody: spans)
        record.told = ward.standing(record.terms)
        let sealed = try context.vault.seal(record, id: proxy.raw, subject: row.subject)
        guard try ProxyStore.update(proxy, sealed, told: ward.day, in: context.transaction) else {
            throw Fault.notFound("proxy")
        }
        context.concerns(.patient(patient))
        context.emit(NewEvent(.proxyCustody, patient: patient))
        return true
    }
}

/// Ends it for ever, from this moment on.
package struct EndProxy: Command {
    package static let name = "EndProxy"
    package static let permission = Permission.proxyManage
    let patient: ID<Patient>
    let proxy: ID<PatientProxy>
    let reason: String
    let directory: PeopleDirectory
    let calendar: ProxyCalendar

    package func validate() throws {
        guard (3...300).contains(reason.count) else { throw Fault.invalid("reason", "Say why in a few words.") }
    }

    package func run(_ context: CommandContext) throws -> Bool {
        let ward = try ProxyWard(patient, directory: directory, calendar: calendar, context: context)
        let row = try ward.proxy(proxy, in: context.transaction)
        var record = try row.open(ward.grant)
        record.endReason = reason
        record.told = ProxyStanding(access: .none, reason: .ended)
        let sealed = try context.vault.seal(record, id: proxy.raw, subject: row.subject)
        guard try ProxyStore.end(proxy, sealed, at: context.now, in: context.transaction) else {
            throw Fault(.conflict, "proxy.ended", "This has ended already.", remedy: "Reload the page.")
        }
        context.concerns(.patient(patient))
        context.emit(NewEvent(.proxyEnded, patient: patient))
        return true
    }
}

/// The patient a command is about, opened.
struct ProxyWard {
    let plain: PatientPlain
    let record: PatientRecord
    let grant: Grant
    let rules: ProxyPolicyDefinition
    let day: CivilDate

    init(
        _ patient: ID<Patient>, directory: PeopleDirectory, calendar: ProxyCalendar, context: CommandContext
    ) throws {
        let transaction = context.transaction
        grant = try directory.grant(.proxyManage, for: patient, access: context.access, in: transaction).grant
        guard let stored = try PatientsStore.stored([patient], in: transaction).get().first else {
            throw Fault.notFound("patient")
        }
        plain = stored.plain
        record = try stored.open(grant)
        rules = try calendar.rules(context.caller.tenant)
        day = try calendar.day(context.caller.tenant, zone: plain.zone, at: context.now)
    }

    func standing(_ terms: ProxyTerms) -> ProxyStanding {
        ProxyRules.standing(
            terms,
            for: ProxySubject(
                birthDate: record.birthDate, isEmancipated: record.flags.contains(Proxies.emancipated),
                isDeceased: plain.deceased), rules: rules, on: day)
    }

    func proxy(_ id: ID<PatientProxy>, in transaction: any Transaction) throws -> ProxyStore.Stored {
        guard let row = try ProxyStore.find(id, in: transaction), row.patient == plain.id else {
            throw Fault.notFound("proxy")
        }
        return row
    }
}
