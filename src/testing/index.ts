// Stands in for the testing kit until that is merged, so that its subpath can be packed and checked.
// oxlint-disable-next-line unicorn/require-module-specifiers
export {};
