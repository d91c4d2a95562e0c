// Money, times, files, errors and changes in the types that Swift has for them.
import Foundation

extension SottovoceError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { description }
}

extension SottovoceConfig {
    /// A configuration for an engine in a folder that only this engine uses.
    public init(
        storeID: String, directory: URL, shopKey: Data, policy: Data? = nil, taskSet: Data? = nil,
        widgetDirectory: URL? = nil, recoveryKey: Data? = nil
    ) {
        self.init(
            storeID: storeID, directory: directory.path, shopKey: shopKey, policy: policy, taskSet: taskSet,
            widgetDirectory: widgetDirectory?.path, recoveryKey: recoveryKey)
    }

    /// Creates the folders before anything is stored in them: readable after the first unlock (so that the
    /// system does not terminate a suspended app because of it) and excluded from backups.
    /// `SottovoceEngine.open` calls it. If you create the engine with `init`, call it before `unlock()`.
    public func prepareFolder() throws {
        try prepare(directory)
        if let widgetDirectory { try prepare(widgetDirectory) }
    }

    private func prepare(_ directory: String) throws {
        guard !directory.isEmpty else { return }  // the engine says so in words
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
        try FileManager.default.setAttributes(
            [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication], ofItemAtPath: directory)
        #endif
        #if canImport(Darwin)
        var url = URL(fileURLWithPath: directory, isDirectory: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try url.setResourceValues(values)
        #endif
    }
}

extension CatalogAPI {
    /// Verifies a downloaded bundle and installs it.
    @discardableResult
    public func install(_ bundle: URL) async throws -> CatalogReport {
        guard bundle.isFileURL else {
            throw SottovoceError.invalidArgument(field: "bundle", detail: "it must be a file: download it first, or use sync(url:)")
        }
        return try await install(path: bundle.path)
    }
}

extension Money {
    /// The amount in whole units, with the decimals of its currency: 12.99 for 1299 minor units of EUR.
    public var amount: Decimal {
        let decimals = currencyDecimals(currency) ?? 0
        let sign: FloatingPointSign = minor < 0 ? .minus : .plus
        return Decimal(sign: sign, exponent: -decimals, significand: Decimal(minor.magnitude))
    }

    /// An amount in whole units of a currency. Throws `SottovoceError.invalidArgument` with the reason if the currency is no
    /// ISO 4217 code in capitals or has no unit that small, or the amount is too large. What a literal such as `19.99` lost on
    /// its way through binary digits is made good.
    public init(amount: Decimal, currency: String) throws {
        guard let decimals = currencyDecimals(currency) else {
            throw SottovoceError.invalidArgument(
                field: "currency",
                detail: "\"\(currency)\" is no currency: it must be an ISO 4217 code in capitals, such as EUR")
        }
        let scaled = NSDecimalNumber(decimal: amount).multiplying(byPowerOf10: Int16(decimals)).decimalValue
        var (whole, left) = (Decimal(), scaled)
        NSDecimalRound(&whole, &left, 0, .plain)
        guard abs(whole - scaled) < Decimal(sign: .plus, exponent: -9, significand: 1) else {
            throw SottovoceError.invalidArgument(
                field: "amount", detail: "\(amount) has more decimals than \(currency), which has \(decimals)")
        }
        guard let minor = Int64("\(whole)") else {
            throw SottovoceError.invalidArgument(field: "amount", detail: "\(amount) is too large")
        }
        self.init(minor: minor, currency: currency)
    }
}

/// Minor units and the currency, as an app may store them.
extension Money: Codable {
    private enum CodingKeys: String, CodingKey {
        case minor, currency
    }

    public init(from decoder: Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            minor: values.decode(Int64.self, forKey: .minor), currency: values.decode(String.self, forKey: .currency))
    }

    public func encode(to encoder: Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(minor, forKey: .minor)
        try values.encode(currency, forKey: .currency)
    }
}

extension Correction {
    /// "It was a gift": what happened in this time says nothing about the user's own taste.
    public static func gift(from start: Date, to end: Date) -> Correction {
        .gift(fromMs: start.milliseconds, toMs: end.milliseconds)
    }

    /// "That was not me": what happened in this time is removed.
    public static func notMe(from start: Date, to end: Date) -> Correction {
        .notMe(fromMs: start.milliseconds, toMs: end.milliseconds)
    }
}

extension TestClock {
    /// A clock for tests that shows a time.
    public convenience init(now: Date) {
        self.init(nowMs: now.milliseconds)
    }

    /// Moves the clock forward, or back, by a number of seconds.
    public func advance(by seconds: TimeInterval) {
        advance(ms: Int64((seconds * 1000).rounded()))
    }
}

extension SottovoceEngine {
    /// What changes from now on, in order; nothing is left out. It goes on over `shutdown()` and `unlock()`, and ends with
    /// the task that reads it. Each stream is told, and so is the listener of `setListener(_:)`.
    public var changes: AsyncStream<Change> {
        AsyncStream { continuation in
            let subscription = subscribe { continuation.yield($0) }
            continuation.onTermination = { _ in subscription.cancel() }
        }
    }

    /// As `subscribe(_:)`, with a closure.
    @discardableResult
    public func subscribe(_ changed: @escaping @Sendable (Change) -> Void) -> Subscription {
        subscribe(Relay(pass: changed))
    }
}

private final class Relay: Listener {
    private let pass: @Sendable (Change) -> Void

    init(pass: @escaping @Sendable (Change) -> Void) {
        self.pass = pass
    }

    func changed(_ change: Change) {
        pass(change)
    }
}

extension Date {
    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: TimeInterval(milliseconds) / 1000)
    }

    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}

/// The engine names an argument or a field as Rust does.
func ownName(_ name: String) -> String {
    let parts = name.split(separator: "_")
    let words = parts.dropFirst().map { part in
        switch part {
        case "id": "ID"
        case "ids": "IDs"
        case "url": "URL"
        default: part.prefix(1).uppercased() + part.dropFirst()
        }
    }
    return parts.prefix(1).joined() + words.joined()
}

extension MessagesAPI {
    /// Says nothing before that time; `nil` ends that.
    public func snooze(until: Date?) async throws {
        try await snooze(untilMs: until?.milliseconds)
    }
}

extension MessageRequest {
    /// The next message in a language, at the hours of a time zone.
    public init(locale: String, timeZone: TimeZone, at time: Date = Date()) {
        self.init(locale: locale, utcOffsetMinutes: timeZone.secondsFromGMT(for: time) / 60)
    }
}

extension RankedProduct: Identifiable {
    public var id: String { itemID }
}

extension Product: Identifiable {
    public var id: String { productID }
}

extension ProductVariant: Identifiable {
    public var id: String { itemID }
}
