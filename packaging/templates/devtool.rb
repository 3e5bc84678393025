# The formula of a Homebrew tap.
class Devtool < Formula
  desc "@summary@"
  homepage "@home@"
  version "@version@"
  license "@license@"

  on_macos do
    on_arm do
      url "@url:aarch64-apple-darwin@"
      sha256 "@sha256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@url:x86_64-apple-darwin@"
      sha256 "@sha256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@url:aarch64-unknown-linux-musl@"
      sha256 "@sha256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@url:x86_64-unknown-linux-musl@"
      sha256 "@sha256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "devtool"
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    bash_completion.install "completions/devtool.bash" => "devtool"
    zsh_completion.install "completions/_devtool"
    fish_completion.install "completions/devtool.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/devtool --version")
    system bin/"devtool", "demo"
  end
end
