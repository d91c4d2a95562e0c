// swift-tools-version: 6.0
// The generated Swift, its hand-written layer, what apps test with, a sample and the contract.
// Before: bindings/generate.sh swift
import PackageDescription

let package = Package(
    name: "Sottovoce",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "Sottovoce", targets: ["Sottovoce"]),
        .library(name: "SottovoceTesting", targets: ["SottovoceTesting"]),
    ],
    targets: [
        .systemLibrary(name: "SottovoceFFI"),
        .target(name: "Sottovoce", dependencies: ["SottovoceFFI"]),
        .target(name: "SottovoceTesting", dependencies: ["Sottovoce"], resources: [.copy("Resources")]),
        .testTarget(name: "SottovoceTests", dependencies: ["Sottovoce", "SottovoceTesting"]),
    ]
)
