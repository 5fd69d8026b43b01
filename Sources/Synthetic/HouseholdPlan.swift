/// The people of one household: who they are to each other and how old. A block of 16 indices is divided into
/// households from its start, so that any member finds the whole household from its own index alone.
struct HouseholdPlan {
    static let blockSize = 16
    private static let year = 365.2425

    let first: Int
    /// 1 or 2
    let adults: Int
    let children: Int
    /// Days lived of each adult at the reference date.
    let adultAges: (Int, Int)
    let sharesFamily: Bool

    var members: Range<Int> { first..<(first + adults + children) }

    /// Share of household shapes, chosen so that the ages of persons come out as in the US (2022 estimates: 22 % under
    /// 18, 17 % from 65): one adult, two adults, two adults with children, one adult with children.
    init(of index: Int, seed: UInt64, ages: AgeBands) {
        let blockEnd = (index / HouseholdPlan.blockSize + 1) * HouseholdPlan.blockSize
        var start = blockEnd - HouseholdPlan.blockSize
        var shape = HouseholdPlan.shape(at: start, room: blockEnd - start, seed: seed)
        while index >= start + shape.adults + shape.children {
            start += shape.adults + shape.children
            shape = HouseholdPlan.shape(at: start, room: blockEnd - start, seed: seed)
        }
        first = start
        adults = shape.adults
        children = shape.children
        sharesFamily = children > 0

        var draw = SeededDraw(seed: seed, stream: .householdAges, index: start)
        var firstAge: Int
        var youngest = HouseholdPlan.days(18)
        if children > 0 {
            let oldest = HouseholdPlan.childAge(0, of: children, first: start, seed: seed)
            firstAge = oldest + HouseholdPlan.days(20) + draw.triangular(half: HouseholdPlan.days(10))
            youngest += oldest
        } else {
            firstAge = ages.drawAdultDays(&draw)
        }
        let gap = draw.triangular(half: HouseholdPlan.days(5)) - HouseholdPlan.days(5)
        adultAges = (firstAge, min(max(firstAge + gap, youngest), HouseholdPlan.days(101)))
    }

    /// Days lived of child `position` (0 is the oldest): the youngest is drawn so that the oldest is under 18, each
    /// elder one is 11 to 44 months older.
    func childAge(_ position: Int, seed: UInt64) -> Int {
        HouseholdPlan.childAge(position, of: children, first: first, seed: seed)
    }

    private static func childAge(_ position: Int, of children: Int, first: Int, seed: UInt64) -> Int {
        var draw = SeededDraw(seed: seed ^ 0xC41D, stream: .householdAges, index: first)
        var age = draw.below(days(18) - 1_330 * (children - 1))
        var current = children - 1
        while current > position {
            age += 330 + draw.below(1_000)
            current -= 1
        }
        return age
    }

    private static func shape(at start: Int, room: Int, seed: UInt64) -> (adults: Int, children: Int) {
        var draw = SeededDraw(seed: seed, stream: .household, index: start)
        let kind = draw.unit()
        let number = draw.unit()
        let wanted = number < 0.40 ? 1 : number < 0.78 ? 2 : number < 0.93 ? 3 : 4
        let adults = min(room, kind < 0.44 || kind >= 0.93 ? 1 : 2)
        let hasChildren = kind >= 0.755
        return (adults, hasChildren ? min(wanted, room - adults) : 0)
    }

    private static func days(_ years: Int) -> Int {
        Int(Double(years) * year)
    }
}

/// Ages of adults who live without children.
struct AgeBands: Sendable {
    private let bands = WeightedList<(from: Int, to: Int)>([
        ((18, 25), 8.8), ((25, 35), 8.0), ((35, 45), 4.0), ((45, 55), 7.6),
        ((55, 65), 12.7), ((65, 75), 10.0), ((75, 85), 5.0), ((85, 101), 1.9),
    ])

    func drawAdultDays(_ draw: inout SeededDraw) -> Int {
        let band = bands.draw(&draw)
        let width = Int(Double(band.to - band.from) * 365.2425)
        let share = draw.below(width)
        let other = draw.below(width)
        return Int(Double(band.from) * 365.2425) + (band.from >= 75 ? min(share, other) : share)
    }
}
