//! Embeds the chat's script.

#[path = "../../embed.rs"]
mod embed;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=../../embed.rs");
    embed::folder("../widget/dist")
}
