// swift-tools-version: 6.0
// The generated Swift, its hand-written layer and the contract. Before: bindings/generate.sh swift
import PackageDescription

let package = Package(
    name: "Sottovoce",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Sottovoce", targets: ["Sottovoce"])],
    targets: [
        .systemLibrary(name: "SottovoceFFI"),
        .target(name: "Sottovoce", dependencies: ["SottovoceFFI"]),
        .testTarget(name: "SottovoceTests", dependencies: ["Sottovoce"]),
    ]
)
