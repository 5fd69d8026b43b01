/// Invented payers. No name here is a real insurer's.
struct Payers: Sendable {
    struct Payer: Sendable {
        let name: String
        let prefix: String
        let plans: [String]
    }

    let employer: WeightedList<Payer>
    let state: Payer
    let federal: Payer

    init() {
        let rows = Payers.table.split(separator: "\n").map { row in
            let columns = row.split(separator: "|").map(String.init)
            precondition(columns.count == 3, "a payer has three columns: \(row)")
            let plans = columns[2].split(separator: ",").map(String.init)
            return Payer(name: columns[0], prefix: columns[1], plans: plans)
        }
        federal = rows[0]
        state = rows[1]
        employer = WeightedList(ranked: Array(rows.dropFirst(2)), shift: 3)
    }

    private static var table: String {
        """
        Federal Elder Health|FEH|Part A and B,Advantage Silver,Advantage Gold
        State Medical Assistance|SMA|Family Care,Children's Plan,Adult Expansion
        Harbor Mutual|HBM|Choice PPO,Anchor HMO,Tide HDHP
        Bluestem Health|BSH|Prairie PPO,Meadow HMO,Saver 3000
        Cascade Care Alliance|CCA|Summit PPO,Trail EPO,Basin HMO
        Keystone Community Plan|KCP|Open Access,Select HMO
        Lakeshore Assurance|LSA|Classic PPO,Value HDHP
        Copperline Health|CPL|Gold PPO,Silver EPO,Bronze Saver
        Redwood Benefit Trust|RBT|Union PPO,Union HMO
        Northlight Insurance|NLI|Essential,Complete
        Suncrest Family Health|SFH|Family HMO,Family PPO
        Granite Valley Plan|GVP|Standard,High Deductible
        Meridian Oak|MOK|Flex PPO,Local HMO
        Tallgrass Cooperative|TGC|Member Care,Member Saver
        """
    }
}
