# Tests packaging/install.ps1 with the archives of dist/, on Windows alone: right, wrong and missing checksums, twice,
# uninstalled. The release's server is Python's on loopback.
$ErrorActionPreference = "Stop"
$Root = Resolve-Path "$PSScriptRoot/../.."
$Site = Join-Path ([IO.Path]::GetTempPath()) "devtool-releases"
$To = Join-Path ([IO.Path]::GetTempPath()) "devtool installed"
$Version = (Select-String -Path "$Root/Cargo.toml" -Pattern '^version = "(.*)"').Matches[0].Groups[1].Value
foreach ($Folder in "latest/download", "download/v$Version") {
    $null = New-Item -ItemType Directory -Force "$Site/$Folder"
    Copy-Item "$Root/dist/SHA256SUMS", "$Root/dist/*.zip" "$Site/$Folder"
}
$env:DEVTOOL_RELEASES = "http://127.0.0.1:8765"
$Server = Start-Process python -ArgumentList "-m", "http.server", "8765", "--bind", "127.0.0.1", "--directory", $Site -PassThru
function Install { & "$Root/packaging/install.ps1" -To $To @args }
function Assert([bool] $Holds, [string] $What) { if (-not $Holds) { throw "failed: $What" } }
function Assert-Refused([string] $What) {
    try { Install } catch { Assert (Test-Path "$To/devtool.exe") "$What keeps the program"; return }
    throw "failed: $What was not refused"
}
try {
    for ($i = 0; $i -lt 50; $i++) { try { $null = Invoke-WebRequest "$env:DEVTOOL_RELEASES/"; break } catch { Start-Sleep 0.2 } }
    Install
    Assert ((& "$To/devtool.exe" --version) -eq "devtool $Version") "the program runs"
    Install -Version $Version
    Assert ([Environment]::GetEnvironmentVariable("Path", "User").Split(";") -contains $To) "the PATH has it"
    (Get-Content "$Site/latest/download/SHA256SUMS") -replace "^.", "0" | Set-Content "$Site/latest/download/SHA256SUMS"
    Assert-Refused "a wrong checksum"
    Set-Content "$Site/latest/download/SHA256SUMS" ""
    Assert-Refused "a missing checksum"
    Install -Uninstall
    Assert (-not (Test-Path $To)) "nothing is left"
}
finally { Stop-Process $Server.Id }
