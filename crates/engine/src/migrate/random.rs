//! Migrations between random schemas. In: a seed. Out: nothing but the tests' verdict; no code of the product is here.

mod shape;
mod tests;
