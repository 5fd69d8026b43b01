/// What was retired, each as it stood last, with the number of the retirement: for the words of what happened under it.
/// Nothing of it is offered or booked.
package struct RetiredDefinitions: Sendable, Equatable {
    package private(set) var locations: [String: Published<LocationDefinition>] = [:]
    package private(set) var practitioners: [String: Published<PractitionerDefinition>] = [:]
    package private(set) var resources: [String: Published<ResourceDefinition>] = [:]
    package private(set) var visitTypes: [String: Published<VisitTypeDefinition>] = [:]

    init(_ definitions: [(version: Int, definition: AnyDefinition)]) {
        for (version, definition) in definitions {
            switch definition {
            case .location(let value): locations[value.key] = Published(version: version, value: value)
            case .practitioner(let value): practitioners[value.key] = Published(version: version, value: value)
            case .resource(let value): resources[value.key] = Published(version: version, value: value)
            case .visitType(let value): visitTypes[value.key] = Published(version: version, value: value)
            default: break
            }
        }
    }
}

/// What a row names by its key, published or retired since. For words about what is there already: what may be booked
/// is asked of what is published.
extension Configuration {
    package func known(location key: String) -> LocationDefinition? {
        locations[key]?.value ?? retired.locations[key]?.value
    }

    /// The keys of every place there is or was.
    package var knownLocations: [String] { (Array(locations.keys) + retired.locations.keys).sorted() }

    package func known(practitioner key: String) -> PractitionerDefinition? {
        practitioners[key]?.value ?? retired.practitioners[key]?.value
    }

    package func known(resource key: String) -> ResourceDefinition? {
        resources[key]?.value ?? retired.resources[key]?.value
    }

    package func known(visitType key: String) -> VisitTypeDefinition? {
        visitTypes[key]?.value ?? retired.visitTypes[key]?.value
    }
}
