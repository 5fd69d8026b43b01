import Kernel
import SchedulingAPI
import StudioAPI
import TimeZones

/// A visit in words, for templates and for the inbox. The zone is named where the reader could doubt it.
struct VisitWords {
    let appointment: AppointmentSummary
    let configuration: Configuration
    let language: Language
    let zone: Zone
    let now: Instant

    private var wording: DateWording { DateWording(language == .spanish ? .spanish : .english) }
    /// By the clock of the visit's own place, wherever the reader works.
    private var local: CivilDateTime {
        CivilDateTime(iso: appointment.localStart) ?? zone.civil(at: appointment.startsAt.microseconds)
    }
    private var today: CivilDate { zone.civil(at: now.microseconds).date }

    /// "Tue 3 Mar, 9:40 AM"
    var when: String { wording.dateTime(local, today: today) }
    var visitType: String {
        configuration.known(visitType: appointment.visitType)?.names[language] ?? appointment.visitType
    }
    var practitioner: String {
        configuration.known(practitioner: appointment.practitioner)?.name.display ?? appointment.practitioner
    }
    var location: String { configuration.known(location: appointment.location)?.name ?? appointment.location }

    /// Values for the variables that name a visit.
    var values: [String: String] {
        let place = configuration.known(location: appointment.location)
        let type = configuration.known(visitType: appointment.visitType)
        let pairs: [(TemplateVariable, String)] = [
            (.visitType, visitType), (.when, when), (.date, wording.date(local.date, today: today)),
            (.time, wording.time(local.time)), (.practitioner, practitioner), (.location, location),
            (.address, place?.address.oneLine ?? ""), (.directions, place?.directions[language] ?? ""),
            (.parking, place?.parking[language] ?? ""), (.prep, type?.prep?[language] ?? ""),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0.0.rawValue, $0.1) })
    }
}
