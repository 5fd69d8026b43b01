// Believable people, visits and messages in any number, deterministic from a seed.
//
//   Population            people by index             HouseholdPlan, NameStock, Places, Payers
//     visits(of:on:)      visits without overlap      VisitCalendar, NoShowProcess
//     messages(of:)       inbound texts and answers   MessageGrammar
//   SeededDraw            random numbers, permutations, weighted lists
//
// Nothing is read from disk and nothing real is in it. What a seed means must not change: benchmarks and tests of other
// modules count on it.
