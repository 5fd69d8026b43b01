/// When those who wait are told that their visit begins later than agreed. Without one published, `builtIn` holds.
package struct DelayPolicyDefinition: Definition {
    package static let kind = DefinitionKind.delayPolicy

    package var key: String
    package var names: LocalizedText
    /// Whether the system tells by itself; staff can tell at any time.
    package var automatic: Bool
    /// A visit that will probably begin so many minutes after its time is told of; and again when it is so many more.
    package var lateMinutes: Int
    /// Nobody gets two of these texts within so many minutes.
    package var gapMinutes: Int
    /// Those are told whose visit is agreed for the next so many minutes, or has been due already.
    package var aheadMinutes: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case key, names, automatic, lateMinutes, gapMinutes, aheadMinutes
    }

    package init(
        key: String, names: LocalizedText, automatic: Bool, lateMinutes: Int, gapMinutes: Int, aheadMinutes: Int
    ) {
        self.key = key
        self.names = names
        self.automatic = automatic
        self.lateMinutes = lateMinutes
        self.gapMinutes = gapMinutes
        self.aheadMinutes = aheadMinutes
    }

    package init(from decoder: any Decoder) throws {
        let fields = try StrictFields<CodingKeys>(decoder, envelope: true)
        key = try fields.required(.key)
        names = try fields.required(.names)
        automatic = try fields.required(.automatic)
        lateMinutes = try fields.required(.lateMinutes)
        gapMinutes = try fields.required(.gapMinutes)
        aheadMinutes = try fields.required(.aheadMinutes)
    }

    /// What holds until a practice publishes its own.
    package static let builtIn = DelayPolicyDefinition(
        key: "delay", names: LocalizedText("Running late", spanish: "Retrasos"), automatic: true, lateMinutes: 20,
        gapMinutes: 45, aheadMinutes: 180)

    package func problems() -> [DefinitionProblem] {
        var findings = Findings(self)
        findings.check(names, "names", atMost: 80)
        findings.require((5...240).contains(lateMinutes), "lateMinutes", "It is 5 to 240 minutes.")
        findings.require((10...720).contains(gapMinutes), "gapMinutes", "It is 10 to 720 minutes.")
        findings.require((15...720).contains(aheadMinutes), "aheadMinutes", "It is 15 to 720 minutes.")
        return findings.problems
    }
}
