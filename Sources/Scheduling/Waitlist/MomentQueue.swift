/// The soonest first: a binary heap.
struct MomentQueue<Element> {
    private var heap: [(key: (Int, Int), element: Element)] = []

    mutating func push(_ element: Element, _ key: (Int, Int)) {
        heap.append((key, element))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].key < heap[parent].key else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Element? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.element }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].key < heap[least].key
            {
                least = child
            }
            guard least != parent else { return first.element }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
