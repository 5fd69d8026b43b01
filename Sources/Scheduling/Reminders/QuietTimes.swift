import ConversationsAPI
import Kernel
import PeopleAPI
import SchedulingAPI
import Spine
import Store
import StudioAPI
import TimeZones
import Vault

/// When nobody is written to about a change of visits: by the consent policy for the channel that the message takes, on
/// the clocks of the reader and of the place.
struct QuietTimes {
    private let texts: [QuietHours]
    private let letters: [QuietHours]
    private let place: Zone
    private let zones: TimeZoneDatabase
    /// Those of some people to whom the message goes by e-mail.
    private let mailed: ([ID<Patient>]) throws -> Set<ID<Patient>>

    /// `action`: the right by which it is read how somebody is written to. Nothing is opened for that unless texts and
    /// e-mail have different hours.
    init(
        _ desk: SchedulingDesk, location: String, zone: String, tenant: ID<Tenant>, for use: TemplateUse,
        _ action: Permission, _ access: Access, in transaction: any Transaction
    ) throws {
        let configuration = try desk.plans.configuration(of: tenant)
        let states = Set([configuration.known(location: location)?.address.state].compactMap { $0 })
        let policy = configuration.consentPolicy?.value
        texts = policy?.quietHours(for: .appointmentChange, on: .sms, in: states) ?? []
        letters = policy?.quietHours(for: .appointmentChange, on: .email, in: states) ?? []
        zones = desk.plans.timeZones
        place = try zones.zone(zone)
        mailed = { people in
            try desk.messaging.mailed(use.rawValue, to: people, action, access: access, in: transaction)
        }
    }

    /// Those of the people to whom nothing may go at a moment.
    func holding(_ people: some Collection<PatientPlain>, at now: Instant) throws -> Set<ID<Patient>> {
        let text = try Set(people.filter { try holds(texts, for: $0, at: now) }.map(\.id))
        if texts == letters { return text }
        let letter = try Set(people.filter { try holds(letters, for: $0, at: now) }.map(\.id))
        let unsure = text.symmetricDifference(letter)
        let byMail = unsure.isEmpty ? [] : try mailed(unsure.sorted())
        return text.subtracting(byMail).union(letter.intersection(byMail))
    }

    /// The first moment from `now` on at which something may go to somebody; `last` when there is none before it.
    func end(for person: PatientPlain, from now: Instant, last: Instant) throws -> Instant {
        let hours = try texts != letters && mailed([person.id]).contains(person.id) ? letters : texts
        var moment = now
        while try holds(hours, for: person, at: moment), moment < last { moment = moment + .minutes(15) }
        return moment
    }

    private func holds(_ hours: [QuietHours], for person: PatientPlain, at now: Instant) throws -> Bool {
        let home = try person.zone.flatMap { try zones.zone(ifKnown: $0) }
        return [place, home].compactMap { $0 }.contains { zone in
            let minute = zone.civil(at: now.microseconds).time.minutesOfDay
            return hours.contains { $0.contains(minuteOfDay: minute) }
        }
    }
}
