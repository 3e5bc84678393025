# `nix run` of a release, and devtool in a development shell.
{
  description = "@description@";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs = { self, nixpkgs }:
    let
      archives = {
        x86_64-linux = { url = "@url:x86_64-unknown-linux-musl@"; sha256 = "@sha256:x86_64-unknown-linux-musl@"; };
        aarch64-linux = { url = "@url:aarch64-unknown-linux-musl@"; sha256 = "@sha256:aarch64-unknown-linux-musl@"; };
        x86_64-darwin = { url = "@url:x86_64-apple-darwin@"; sha256 = "@sha256:x86_64-apple-darwin@"; };
        aarch64-darwin = { url = "@url:aarch64-apple-darwin@"; sha256 = "@sha256:aarch64-apple-darwin@"; };
      };
      package = system: archive:
        let pkgs = nixpkgs.legacyPackages.${system};
        in pkgs.stdenvNoCC.mkDerivation {
          pname = "devtool";
          version = "@version@";
          src = pkgs.fetchurl archive;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          dontStrip = true;
          installPhase = ''
            install -Dm755 devtool -t $out/bin
            installManPage man/*
            installShellCompletion --bash completions/devtool.bash --fish completions/devtool.fish --zsh completions/_devtool
          '';
          meta = { description = "@description@"; homepage = "@home@"; mainProgram = "devtool"; };
        };
    in {
      packages = builtins.mapAttrs (system: archive: { default = package system archive; }) archives;
    };
}
