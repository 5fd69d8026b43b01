import Kernel
import Spine
import StudioAPI
import TimeZones
import Vault
package import Web

extension Scheduling {
    var dayRoutes: [Route] {
        [
            .get("/schedule", .page(.scheduleRead, showDay)),
            .get("/appointments/{id}/placement", .page(.appointmentWrite, showPlacement)),
            .post("/appointments/{id}/placement", .page(.appointmentWrite, placeFromPage)),
        ]
    }

    /// The places whose patients this person may see, by name. `past`: a place that may be retired, for its past days.
    func places(_ words: SchedulingWords, _ signedIn: SignedIn, past: String? = nil) -> [LocationDefinition] {
        let gone = past.flatMap { words.configuration.retired.locations[$0]?.value }
        return (words.configuration.sortedLocations.map(\.value) + (gone.map { [$0] } ?? [])).filter { location in
            switch signedIn.caller.locations {
            case .all: true
            case .only(let allowed): allowed.contains(LocationKeys.id(location.key))
            }
        }
    }

    /// Where the most practitioners work: what is shown until somebody has chosen.
    func usual(_ places: [LocationDefinition], _ words: SchedulingWords) -> LocationDefinition? {
        func practitioners(at place: LocationDefinition) -> Int {
            words.configuration.practitioners.values.count { practitioner in
                practitioner.value.templates.contains { $0.location == place.key }
            }
        }
        return places.map { (place: $0, practitioners: practitioners(at: $0)) }
            .max { ($0.practitioners, $1.place.name) < ($1.practitioners, $0.place.name) }?.place
    }

    /// Who comes in next at this person's place today: rows for the page Today.
    package func todayRows(_ request: WebRequest, _ signedIn: SignedIn) async throws -> [View] {
        let words = try words(request)
        let places = places(words, signedIn)
        guard let place = place(request, places, words), let zone = words.plan.zone(ofLocation: place.key) else {
            return []
        }
        let today = zone.civil(at: words.now.microseconds).date
        let day = try await request.spine.ask(
            ReadSchedule(
                stretches: [ReadSchedule.Stretch(place.key, zone, from: today, days: 1)],
                shown: { $0.map(\.place.practitioner) }, withTimes: false, now: words.now, ahead: 8, desk: desk),
            as: signedIn.caller)
        let may = signedIn.may(.appointmentWrite)
        return day.rows.map { row in
            let visit = words.visit(row, zone)
            let state = SchedulingWords.state(row)
            return View([
                "id": .text(row.id.text), "state": .text(state), "icon": .text(SchedulingWords.icon(state)),
                "label": .text(words.label(state)), "time": .text(words.dates.time(visit.local.time)),
                "href": .text("/appointments/\(row.id.text)"), "patient": .text(day.names[row.patient] ?? ""),
                "what": .text("\(visit.visitType), \(visit.practitioner)"),
                "mayArrive": .flag(may && row.status == .booked),
            ])
        }
    }
}
