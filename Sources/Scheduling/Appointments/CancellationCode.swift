import StudioAPI

/// The code under which it is kept why a visit was called off. By the patient, through whatever door: `patient`, with
/// `late` and with what they said where that is known: `patient-late`, `patient-sick`, `patient-late-ride`.
enum CancellationCode {
    private static let patient = "patient"
    private static let late = "patient-late"

    static func ofPatient(isLate: Bool, _ said: PatientReason? = nil) -> String {
        (isLate ? late : patient) + (said.map { "-" + $0.rawValue } ?? "")
    }

    /// Whether the patient called the visit off.
    static func isPatients(_ code: String) -> Bool { code == patient || code.hasPrefix(patient + "-") }

    /// What a patient said by their link.
    static func said(_ code: String) -> PatientReason? {
        guard isPatients(code) else { return nil }
        return code.split(separator: "-").last.flatMap { PatientReason(rawValue: String($0)) }
    }

    /// Whether to call off now is late, by the visit's type; one that is offered no more has the built-in notice.
    static func isLate(start: Int64, now: Int64, _ type: VisitTypeDefinition?) -> Bool {
        isLate(start: start, now: now, within: notice(type))
    }

    /// So many minutes before a visit it is late to call it off.
    static func notice(_ type: VisitTypeDefinition?) -> Int { type?.rules.lateCancelMinutes ?? 1_440 }

    private static func isLate(start: Int64, now: Int64, within minutes: Int) -> Bool {
        start - now < Int64(minutes) * DayFrame.minute
    }

    /// Whether the patient called off late. What the code says stands; of a code that does not say it, and of a visit
    /// without one, the notice decides.
    static func isCalledOffLate(_ code: String?, at cancelled: Int64?, start: Int64, within minutes: Int) -> Bool {
        guard let cancelled else { return false }
        guard let code, code != patient else { return isLate(start: start, now: cancelled, within: minutes) }
        return code == late || code.hasPrefix(late + "-")
    }
}
