/// What seed 42 makes of index 7.
enum Pinned {
    static let recordNumber = "762821585"
    static let person = "David Navarro 1968-11-08"
}
