<#
.SYNOPSIS
    Installs devtool for this user, without an administrator: the program, on the PATH.
.PARAMETER Version
    The release to install instead of the newest.
.PARAMETER To
    Where the program goes.
.PARAMETER DryRun
    Say what would be installed, and change nothing.
.PARAMETER Uninstall
    Remove the program and its place on the PATH.
#>
param(
    [string] $Version,
    [string] $To = (Join-Path $env:LOCALAPPDATA "Programs\devtool"),
    [switch] $DryRun,
    [switch] $Uninstall
)

Set-StrictMode -Version 3
$ErrorActionPreference = "Stop"
$ProgressPreference = "SilentlyContinue" # Its bar makes downloads slow in Windows PowerShell 5.1.
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 3072 # TLS 1.2

$Releases = "https://github.com/owner--unset/devtool/releases"
if ($env:DEVTOOL_RELEASES) { $Releases = $env:DEVTOOL_RELEASES }

function Get-Target {
    switch ($env:PROCESSOR_ARCHITECTURE) {
        "AMD64" { "x86_64-pc-windows-msvc" }
        "ARM64" { "aarch64-pc-windows-msvc" }
        default { throw "there is no devtool for $env:PROCESSOR_ARCHITECTURE" }
    }
}

# The user's own PATH, without the machine's.
function Set-UserPath([bool] $Wanted) {
    $Known = [Environment]::GetEnvironmentVariable("Path", "User")
    $Others = @("$Known".Split(";") | Where-Object { $_ -and $_ -ne $To })
    $New = if ($Wanted) { $Others + $To } else { $Others }
    [Environment]::SetEnvironmentVariable("Path", ($New -join ";"), "User")
}

function Install-Release([string] $Work) {
    $Target = Get-Target
    $From = if ($Version) { "$Releases/download/v$($Version.TrimStart('v'))" } else { "$Releases/latest/download" }
    $Sums = Join-Path $Work "SHA256SUMS"
    Invoke-WebRequest -UseBasicParsing -Uri "$From/SHA256SUMS" -OutFile $Sums
    $Pattern = "^(?<sum>[0-9a-f]{64})  (?<file>devtool-(?<version>[0-9A-Za-z.+-]+)-$Target\.zip)$"
    $Line = @(Get-Content $Sums | Where-Object { $_ -match $Pattern })
    if ($Line.Count -ne 1) { throw "$From/SHA256SUMS has no checksum for $Target" }
    $null = $Line[0] -match $Pattern
    $Found = $Matches
    $Url = "$Releases/download/v$($Found.version)/$($Found.file)"
    if ($DryRun) { Write-Output "devtool $($Found.version) from $Url would go to $To"; return }
    $Archive = Join-Path $Work $Found.file
    Invoke-WebRequest -UseBasicParsing -Uri $Url -OutFile $Archive
    $Sum = (Get-FileHash -Algorithm SHA256 $Archive).Hash.ToLowerInvariant()
    if ($Sum -ne $Found.sum) {
        throw "$($Found.file) is not what the release's SHA256SUMS says: $Sum instead of $($Found.sum); nothing was changed"
    }
    Expand-Archive -Path $Archive -DestinationPath $Work
    $Program = Join-Path $Work "devtool-$($Found.version)-$Target\devtool.exe"
    & $Program --version | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "devtool does not run on this system; nothing was changed" }
    Install-Program $Program
    Write-Output "installed devtool $($Found.version): $To\devtool.exe (open a new terminal for the PATH)"
    Write-Output "next: devtool demo"
}

# A program that runs cannot be replaced, but moved aside.
function Install-Program([string] $Program) {
    $null = New-Item -ItemType Directory -Force $To
    $Place = Join-Path $To "devtool.exe"
    $Old = "$Place.old"
    if (Test-Path $Old) { Remove-Item -Force $Old }
    if (Test-Path $Place) { Move-Item -Force $Place $Old }
    try { Copy-Item $Program $Place }
    catch {
        if (Test-Path $Old) { Move-Item -Force $Old $Place }
        throw
    }
    if (Test-Path $Old) { Remove-Item -Force -ErrorAction SilentlyContinue $Old }
    Set-UserPath $true
}

if ($Uninstall) {
    if ($DryRun) { Write-Output "would remove $To"; return }
    if (Test-Path $To) { Remove-Item -Recurse -Force $To }
    Set-UserPath $false
    Write-Output "removed devtool from $To; the history and the Stripe CLI stay in $env:LOCALAPPDATA\devtool"
    return
}
$Work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
$null = New-Item -ItemType Directory $Work
try { Install-Release $Work } finally { Remove-Item -Recurse -Force $Work }
