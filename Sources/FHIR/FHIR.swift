// # FHIR R4 (4.0.1)
//
// Reads what other systems send. Pure: it knows nothing of our tables.
//
// - `FHIRSource` streams the entries of bundles, NDJSON and single resources from files, plain or compressed, in
//   bounded memory. A broken entry is a value with its place; the stream goes on with the next.
// - `FHIRPatient`, `FHIREncounter`, … are typed views of one resource. They take what we model; the rest stays in the
//   `JSONValue` it came from. An element of the wrong type, or a required one that is missing, is a `FHIRElementError`
//   with its path.
// - `FHIRSummary` gives the few plain elements of a resource of any type: code, date, patient, encounter.
//
// Errors name places and rules, never values: an entry may hold patient data, and a `Patient.id` is often the MRN.
