import Foundation
package import HTTPTypes
import Kernel
import Synchronization
import Vault

/// Our browser files and the pinned libraries, read once at start and served from memory with an entity tag.
package struct StaticFiles: Sendable {
    private struct File: Sendable {
        let bytes: [UInt8]
        let type: String
        let tag: String
    }

    private let files: [String: File]

    /// `folder` under `/assets/`, `vendor` under `/assets/vendor/`.
    package init(folder: String, vendor: String) throws {
        var files: [String: File] = [:]
        for (prefix, root) in [("/assets/", folder), ("/assets/vendor/", vendor)] {
            guard let names = FileManager.default.enumerator(atPath: root) else { continue }
            for case let name as String in names {
                guard let type = Self.type(of: name), let data = FileManager.default.contents(atPath: root + "/" + name)
                else {
                    continue
                }
                let bytes = Array(data)
                files[prefix + name] = File(bytes: bytes, type: type, tag: Self.tag(bytes))
            }
        }
        guard !files.isEmpty else {
            throw Fault(
                .unavailable, "assets.missing", "The browser files were not found.", remedy: "Run bin/setup.",
                place: folder)
        }
        self.files = files
    }

    package func answer(_ path: String, method: HTTPRequest.Method, headers: HTTPFields) throws -> WebResponse {
        guard method == .get || method == .head else {
            throw Fault(.unsupported, "request.method", "Files can only be read.", remedy: "Use GET.")
        }
        guard let file = files[path] else { throw Fault.notFound("file") }
        var fields: HTTPFields = [.contentType: file.type, .eTag: file.tag, .cacheControl: "public, max-age=300"]
        if headers[.ifNoneMatch] == file.tag { return WebResponse(.notModified, headers: fields) }
        fields[.vary] = "Accept-Encoding"
        return WebResponse(.ok, headers: fields, bytes: file.bytes)
    }

    private static func type(of name: String) -> String? {
        switch (name as NSString).pathExtension {
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml; charset=utf-8"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "json", "webmanifest": "application/json"
        case "woff2": "font/woff2"
        default: nil
        }
    }

    /// FNV-1a of the content: names a version of a public file, no secret.
    private static func tag(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\"" + String(hash, radix: 16) + "\""
    }
}
