import App
import Kernel
import People
import PeopleAPI
import Spine
import StudioAPI
import TestKit
import Testing
import TimeZones
import Vault

/// Families for tests: people born on a day, and parents of theirs since 2020.
extension ConversationsWorld {
    /// What the agent may do, and what sees through labels.
    var everySight: Caller { world.caller(Self.agentRights.union(Labels.permissions)) }

    func born(
        _ given: String, on day: String, zone: String = "America/Denver", phone: String? = nil
    ) async throws -> ID<Patient> {
        var new = NewPatient()
        new.given = [given]
        new.family = "Delgado"
        let born = try #require(CivilDate(iso: day))
        new.birthDate = born
        new.zone = zone
        if let phone { new.phones = [(try #require(PhoneNumber(phone)), "mobile")] }
        let person = new
        return try await perform { try directory.register(person, context: $0).raw }.id()
    }

    func parent(
        _ name: String, of patient: ID<Patient>, person: ID<Patient>? = nil, _ custody: (String, Custody)...
    ) async throws -> ID<PatientProxy> {
        let made = try await world.spine.perform(
            AddProxy(
                patient, try NewProxy.parent(name, person, custody), directory: directory,
                definitions: try ShippedDefinitions(), zones: try ShippedDefinitions.zones()),
            as: world.caller(.proxyManage, .patientRead))
        return try #require(ID(made))
    }
}

extension PageData {
    func born(_ given: String, on day: String) async throws -> ID<Patient> {
        var person = NewPatient.named(given, "Delgado")
        let born = try #require(CivilDate(iso: day))
        person.birthDate = born
        person.zone = "America/Denver"
        return try await register(person)
    }

    func parent(
        _ name: String, of patient: ID<Patient>, person: ID<Patient>? = nil, _ custody: (String, Custody)...
    ) async throws -> ID<PatientProxy> {
        let made = try await platform.installation.spine.perform(
            AddProxy(
                patient, try NewProxy.parent(name, person, custody), directory: platform.directory,
                definitions: platform.definitions, zones: platform.zones), as: caller)
        return try #require(ID(made))
    }
}

extension NewProxy {
    fileprivate static func parent(
        _ name: String, _ person: ID<Patient>?, _ custody: [(String, Custody)]
    ) throws -> NewProxy {
        let from = try #require(CivilDate(iso: "2020-01-01"))
        let spans = try custody.map { CustodySpan(from: try #require(CivilDate(iso: $0.0)), $0.1) }
        var proxy = NewProxy(
            name: name, terms: ProxyTerms(basis: .parent, ceiling: .full, from: from, custody: spans))
        proxy.person = person
        return proxy
    }
}
