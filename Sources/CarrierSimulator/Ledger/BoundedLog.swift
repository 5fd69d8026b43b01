/// A log that numbers what is appended from 0 and keeps the newest `capacity` elements.
package struct BoundedLog<Element: Sendable>: Sendable {
    package let capacity: Int
    private var slots: [Element] = []
    /// The number the next element will get.
    package private(set) var end = 0

    package init(capacity: Int) {
        precondition(capacity > 0, "a log keeps at least one element")
        self.capacity = capacity
    }

    package var start: Int { end - slots.count }
    package var count: Int { slots.count }

    /// Appends and returns the element that had to go, if any.
    package mutating func append(_ element: Element) -> Element? {
        defer { end += 1 }
        guard slots.count == capacity else {
            slots.append(element)
            return nil
        }
        let place = end % capacity
        let evicted = slots[place]
        slots[place] = element
        return evicted
    }

    /// The element with this number, nil when it is gone or not there yet.
    package subscript(number: Int) -> Element? {
        guard (start..<end).contains(number) else { return nil }
        return slots[number % capacity]
    }

    /// Changes the element with this number in place; false when it is not kept.
    package mutating func update(_ number: Int, _ change: (inout Element) -> Void) -> Bool {
        guard (start..<end).contains(number) else { return false }
        change(&slots[number % capacity])
        return true
    }
}

/// Ascending numbers, appended at the end and dropped from the front, both in constant time on average.
package struct NumberQueue: Sendable {
    private var numbers: [Int] = []
    private var head = 0

    package init() {}

    package var isEmpty: Bool { head == numbers.count }
    package var elements: ArraySlice<Int> { numbers[head...] }

    package mutating func append(_ number: Int) {
        numbers.append(number)
    }

    /// Drops the first number when it is `number`.
    package mutating func dropFirst(ifEqual number: Int) {
        guard !isEmpty, numbers[head] == number else { return }
        head += 1
        if head > 64, head * 2 > numbers.count {
            numbers.removeFirst(head)
            head = 0
        }
    }
}
