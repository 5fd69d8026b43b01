import Kernel
import Testing
import Web

@Suite("The audit trail's words")
struct AuditWordsTests {
    @Test("every command and every right has words of its own on the audit page")
    func words() throws {
        let catalogue = try Catalogue(folders: Checkout.folders(named: "Strings"))
        var names: Set<String> = []
        for file in try Checkout.files("Sources", ".swift") {
            for match in file.text.matches(of: /struct ([A-Za-z0-9]+)[^{\n]*: Command\b/) {
                names.insert(String(match.output.1))
            }
            for match in file.text.matches(of: /= Permission\("([a-z.-]+)"\)/) { names.insert(String(match.output.1)) }
            for match in file.text.matches(of: /noteCommand\("([a-z.-]+)"/) { names.insert(String(match.output.1)) }
        }
        #expect(names.count > 40)
        let silent = names.filter { !catalogue.has("trust.audit.action.\($0)") }.sorted()
        #expect(silent == [])
    }
}
