/// The bytes of pictures, up to a number of bytes in all; the oldest go first.
package struct MediaStore: Sendable {
    package struct Picture: Sendable {
        package let kind: Media.Kind
        package let bytes: [UInt8]

        package init(kind: Media.Kind, bytes: [UInt8]) {
            self.kind = kind
            self.bytes = bytes
        }
    }

    private let capacity: Int
    private var pictures: [Sid: Picture] = [:]
    private var order: [Sid] = []
    private var head = 0
    package private(set) var byteCount = 0

    package init(capacity: Int) {
        self.capacity = capacity
    }

    package subscript(sid: Sid) -> Picture? { pictures[sid] }

    package mutating func add(_ picture: Picture, as sid: Sid) {
        pictures[sid] = picture
        order.append(sid)
        byteCount += picture.bytes.count
        while byteCount > capacity, head < order.count {
            remove(order[head])
            head += 1
        }
        if head > 64, head * 2 > order.count {
            order.removeFirst(head)
            head = 0
        }
    }

    package mutating func remove(_ sid: Sid) {
        guard let picture = pictures.removeValue(forKey: sid) else { return }
        byteCount -= picture.bytes.count
    }
}
