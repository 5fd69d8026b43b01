/// Believable people in any number, without files.
///
/// `person(at:)` depends on the seed, the index, the reference date and the states alone: not on order, not on how many
/// there are. A million can be made by any number of threads, each taking its own range; the value is immutable.
///
/// Rules and rates (checked in `PopulationTests`):
/// - 16 neighbouring indices live in one city and form about nine households; links never leave the block. 22 % are
///   under 18 and 17 % 65 or older.
/// - Language: en 70 %, es 22 %, vi, zh, ru, ar, ht, ko and tl 8 % together; one per household.
/// - Gender: female 50.6 %, male 48.4 %, other 0.6 %, unknown 0.4 %.
/// - Phones: adults have a mobile at 90 % (65 % from 80 years), 5 % of second adults share the first one's; from 13
///   years 60 % have their own; younger children are reached on their first guardian's. A third of households has a
///   landline, listed for each member; 8 % of working age list a work number. About 6 % have no phone at all.
/// - Two unrelated people never share a number while the index is below `uniqueNumbers`.
/// - Family names: of Spanish-speaking households 60 % use two; a second adult with children or married takes the
///   first one's name at 80 %, hyphenates at 6 %.
/// - Coverage: 8 % pay for themselves; from 65 years a federal plan of one's own; the rest of a family shares one
///   contract.
/// - About 1 % are deceased, within the three years before the reference date.
package struct Population: Sendable {
    package let seed: UInt64
    /// Ages are reckoned at this day. Fixed by default, so that a seed means the same people in every year.
    package let referenceDate: SyntheticDate
    let names: NameStock
    let places: Places
    let payers: Payers
    let ages = AgeBands()
    let grammar: MessageGrammar
    let languages: WeightedList<Language>
    private let recordNumbers: Permutation
    private let areaOrder: Permutation

    struct Language: Sendable {
        let code: String
        let origin: NameStock.Origin
    }

    /// - Parameters:
    ///   - names: built once and shared where several populations are made.
    ///   - states: two-letter states to live in; empty for the whole country. Fewer states mean fewer area codes, so
    ///     `uniqueNumbers` shrinks.
    package init(
        seed: UInt64,
        referenceDate: SyntheticDate = SyntheticDate(year: 2026, month: 1, day: 1),
        names: NameStock = NameStock(),
        states: Set<String> = []
    ) {
        self.seed = seed
        self.referenceDate = referenceDate
        self.names = names
        places = Places(states: states)
        payers = Payers()
        grammar = MessageGrammar()
        languages = WeightedList([
            (Language(code: "en", origin: .en), 70), (Language(code: "es", origin: .es), 22),
            (Language(code: "zh", origin: .zh), 2.1), (Language(code: "vi", origin: .vi), 1.6),
            (Language(code: "ar", origin: .ar), 1.1), (Language(code: "ru", origin: .ru), 1.0),
            (Language(code: "tl", origin: .tl), 0.8), (Language(code: "ht", origin: .ht), 0.7),
            (Language(code: "ko", origin: .ko), 0.7),
        ])
        recordNumbers = Permutation(count: 100_000_000, key: SeededDraw.mix(seed ^ DrawStream.recordNumber.rawValue))
        areaOrder = Permutation(count: places.areaCodes.count, key: SeededDraw.mix(seed ^ DrawStream.phones.rawValue))
    }

    /// Below this index no two households share a phone number. From it on numbers are used again.
    package var uniqueNumbers: Int {
        places.areaCodes.count * Population.blocksPerArea * HouseholdPlan.blockSize
    }

    // MARK: bijections

    /// Blocks of 16 with two numbers a person that fit into the 10,000 numbers of one area code and exchange.
    private static let blocksPerArea = 10_000 / (2 * HouseholdPlan.blockSize)

    func areaCode(of index: Int) -> Places.AreaCode {
        places.areaCodes[areaOrder(index / HouseholdPlan.blockSize % places.areaCodes.count)]
    }

    /// Each person owns two numbers of the block's area code: line 0 is a mobile; line 1 is the landline of the
    /// household for its first member, and a work number for the others. Block b has area code b mod A; the rank of the
    /// block among those of its area code (b / A), the place in the block and the line make one of 10,000 numbers,
    /// scrambled by a permutation. So a number names its owner while b / A < 312.
    func phoneNumber(of index: Int, line: Int) -> String {
        let block = index / HouseholdPlan.blockSize
        let rank = block / places.areaCodes.count % Population.blocksPerArea
        let place = (rank * HouseholdPlan.blockSize + index % HouseholdPlan.blockSize) * 2 + line
        let area = areaCode(of: index).digits
        let key = SeededDraw.mix(seed &+ UInt64(block % places.areaCodes.count))
        return "+1\(area)555\(padded(Permutation(count: 10_000, key: key)(place), width: 4))"
    }

    /// Eight digits by a bijection of the index below 100,000,000, and a Luhn check digit.
    func recordNumber(of index: Int) -> String {
        let value = recordNumbers(index % recordNumbers.count)
        var rest = value
        var sum = 0
        for place in 0..<8 {
            let digit = rest % 10
            let doubled = digit * 2
            sum += place % 2 == 0 ? (doubled > 9 ? doubled - 9 : doubled) : digit
            rest /= 10
        }
        return padded(value * 10 + (10 - sum % 10) % 10, width: 9)
    }
}
