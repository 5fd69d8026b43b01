import Foundation
import Kernel
import Studio
import Testing

@Suite("Reading a blueprint's folder")
struct BlueprintFolderTests {
    private static func code(_ text: String) throws -> String? {
        let folder = FileManager.default.temporaryDirectory.path + "/blueprint-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // a scratch folder that stays does no harm
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/one.yaml"))
        do {
            _ = try BlueprintFolder.read(folder)
            return nil
        } catch let fault as Fault {
            return fault.code
        }
    }

    @Test("a page of aliases that stands for billions of nodes is refused, and fast")
    func aliases() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let items = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(try Self.code(text) == "blueprint.depth")
    }

    @Test(
        "depth is refused before anything reads it",
        arguments: [
            String(repeating: "[", count: 300_000), String(repeating: "{a: ", count: 100_000),
            String(repeating: "- ", count: 300_000) + "x", "a:\n" + String(repeating: "- ", count: 200) + "x\n",
        ])
    func depth(text: String) throws {
        #expect(try Self.code(text) == "blueprint.depth")
    }

    @Test("a large file is refused by its size")
    func size() throws {
        #expect(try Self.code(String(repeating: "# comment\n", count: 200_000)) == "blueprint.large")
    }
}
