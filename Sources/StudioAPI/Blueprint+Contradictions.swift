/// Rules that are each fine and together leave nothing to offer.
extension Blueprint {
    func contradictions(_ references: References) -> [DefinitionProblem] {
        visitTypes.flatMap { impossible($0, references) } + practitioners.flatMap { misplaced($0, references) }
            + practitioners.flatMap { hurried($0, references) } + reminderPlans.flatMap(quiet)
    }

    /// Reminders at an hour in which the contact policy lets them wait: they go out later than the plan says.
    private func quiet(_ plan: ReminderPlanDefinition) -> [DefinitionProblem] {
        guard let policy = consentPolicies.first else { return [] }
        return plan.reminders.enumerated().filter {
            policy.quietHours.contains(minuteOfDay: $0.element.at.minutes)
        }
        .map { index, reminder in
            DefinitionProblem(
                .reminderPlan, plan.key, "reminders[\(index)].at",
                "\(reminder.at.text) is in the quiet hours: it waits until \(policy.quietHours.to.text).",
                severity: .warning)
        }
    }

    /// A visit type that nobody can ever give, and named practitioners who never could.
    private func impossible(_ visit: VisitTypeDefinition, _ references: References) -> [DefinitionProblem] {
        let named = visit.practitioners.compactMap { references.practitioners[$0] }
        let candidates =
            visit.practitioners.isEmpty
            ? practitioners.filter { $0.serviceLines.contains(visit.serviceLine) } : named
        var problems: [DefinitionProblem] = []
        for (index, practitioner) in named.enumerated() {
            if !practitioner.serviceLines.contains(visit.serviceLine) {
                problems.append(
                    DefinitionProblem(
                        .visitType, visit.key, "practitioners[\(index)]",
                        "\(practitioner.key) does not belong to the service line \(visit.serviceLine)."))
            } else if !practitioner.offersRoom(for: visit) {
                problems.append(
                    DefinitionProblem(
                        .visitType, visit.key, "practitioners[\(index)]",
                        "No template of \(practitioner.key) leaves room for it: look at place, length, visit types.",
                        severity: .warning))
            }
        }
        if !candidates.contains(where: { $0.offersRoom(for: visit) }) {
            problems.append(
                DefinitionProblem(
                    .visitType, visit.key, "practitioners",
                    "No practitioner can ever do it: none has a template at an allowed place that admits it and is "
                        + "\(visit.minutes) minutes long."))
        }
        return problems
    }

    /// Availability outside the opening hours, which is never offered; visit types a template admits in vain.
    private func misplaced(_ practitioner: PractitionerDefinition, _ references: References) -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        for (index, template) in practitioner.templates.enumerated() {
            let path = "templates[\(index)]"
            if let location = references.locations[template.location], let range = template.range {
                let closed = template.weekdays.filter { day in
                    !location.openingHours[day].contains { $0.contains(range) }
                }
                if !closed.isEmpty {
                    let days = closed.map(\.rawValue).joined(separator: ", ")
                    problems.append(
                        DefinitionProblem(
                            .practitioner, practitioner.key, path,
                            "\(location.key) is not open all of \(range.text) on \(days); the rest is not offered.",
                            severity: .warning))
                }
            }
            for (number, key) in template.visitTypes.enumerated() {
                guard let visit = references.visitTypes[key], !practitioner.mayDo(visit) else { continue }
                problems.append(
                    DefinitionProblem(
                        .practitioner, practitioner.key, "\(path).visitTypes[\(number)]",
                        "\(key) is not for this practitioner: look at its practitioners and service line."))
            }
        }
        return problems
    }
}

extension Blueprint {
    /// Blocks of one day at two places with less time between them than the way takes. Of places with different clocks
    /// nothing is said: how far these are apart depends on the day.
    private func hurried(_ practitioner: PractitionerDefinition, _ references: References) -> [DefinitionProblem] {
        practitioner.templates.enumerated().flatMap { index, later in
            practitioner.templates.enumerated().compactMap { other, earlier -> DefinitionProblem? in
                guard let from = references.locations[earlier.location], let to = references.locations[later.location],
                    from.key != to.key, from.zone == to.zone, earlier.to <= later.from, earlier.meets(later)
                else { return nil }
                let gap = later.from.minutes - earlier.to.minutes
                guard let way = from.minutes(to: to), gap < way else { return nil }
                return DefinitionProblem(
                    .practitioner, practitioner.key, "templates[\(index)]",
                    "It begins \(gap) minutes after templates[\(other)] ends, and the way between their places "
                        + "takes \(way).", severity: .warning)
            }
        }
    }
}

extension LocationDefinition {
    /// The way to another place, as either of them says it; nil: neither does.
    fileprivate func minutes(to other: LocationDefinition) -> Int? {
        (travel.first { $0.location == other.key } ?? other.travel.first { $0.location == key })?.minutes
    }
}

extension PractitionerDefinition {
    /// Whether the rules of the visit type admit this person at all.
    package func mayDo(_ visit: VisitTypeDefinition) -> Bool {
        serviceLines.contains(visit.serviceLine)
            && (visit.practitioners.isEmpty || visit.practitioners.contains(key))
    }

    /// Whether some template, or some extra time, has the place, the length and the admission for it.
    func offersRoom(for visit: VisitTypeDefinition) -> Bool {
        guard mayDo(visit) else { return false }
        let least = visit.leastMinutes(with: key)
        let inTemplates = templates.contains { template in
            visit.mayBe(at: template.location)
                && (template.allows(visitType: visit.key) || template.releaseMinutes != nil)
                && (template.range?.minutes ?? 0) >= least
        }
        return inTemplates
            || exceptions.contains { exception in
                guard exception.effect == .extra, let location = exception.location else { return false }
                return visit.mayBe(at: location)
                    && (exception.visitTypes.isEmpty || exception.visitTypes.contains(visit.key))
                    && (exception.hours?.minutes ?? 0) >= least
            }
    }
}

extension VisitTypeDefinition {
    package func mayBe(at location: String) -> Bool { locations.isEmpty || locations.contains(location) }
}
