import App
import Foundation
import Kernel
import Logging
import Vault

/// The whole program on a fresh SQLite data directory.
enum ComposedWorld {
    static func with(_ body: (Platform) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/composed_" + UUID().uuidString
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let platform = try await Platform.open(AppSettings(data: folder, assets: root), creating: true)
        do {
            try await body(platform)
        } catch {
            await platform.close()
            try remove(folder)
            throw error
        }
        await platform.close()
        try remove(folder)
    }

    private static func remove(_ folder: String) throws {
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.removeItem(atPath: folder + ".keys")
    }
}
