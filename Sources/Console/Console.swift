package import Spine
package import Web

/// The Console area: what surrounds every page. One line per capability.
package struct Console: Sendable {
    private let home: Home
    private let palette: Palette
    private let styleGuide: StyleGuide
    private let feed: EventFeed
    private let ended: Live.Ended

    /// `ended`: what ends a person's live stream.
    package init(
        home: Home, palette: Palette, styleGuide: StyleGuide, feed: EventFeed, ended: @escaping Live.Ended
    ) {
        self.home = home
        self.palette = palette
        self.styleGuide = styleGuide
        self.feed = feed
        self.ended = ended
    }

    package var capabilities: [Capability] {
        [
            home.capability, palette.capability, styleGuide.capability, Settings.capability,
            Live.capability(feed: feed, ended: ended),
        ]
    }
}
