# Sourced, never run: `install_packages` for the set-up scripts.
# shellcheck shell=sh

# Installs packages by apt where that needs no password, and else says in one
# sentence what to install.
#
#   install_packages WHAT APT DNF PACMAN ZYPPER APK
#
# WHAT is what a person would call it; the others are the package names of each
# package manager. Returns 0 when something was installed, 1 when it could not
# be (the sentence is on standard error).
install_packages() {
    what=$1 apt=$2 dnf=$3 pacman=$4 zypper=$5 apk=$6

    if command -v apt-get >/dev/null 2>&1; then
        if [ "$(id -u)" -eq 0 ]; then
            apt_install "" "$what" "$apt"
            return
        fi
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            apt_install "sudo -n" "$what" "$apt"
            return
        fi
        cure="sudo apt-get install $apt"
    elif command -v dnf >/dev/null 2>&1; then
        cure="sudo dnf install $dnf"
    elif command -v pacman >/dev/null 2>&1; then
        cure="sudo pacman -S $pacman"
    elif command -v zypper >/dev/null 2>&1; then
        cure="sudo zypper install $zypper"
    elif command -v apk >/dev/null 2>&1; then
        cure="sudo apk add $apk"
    else
        echo "error: no $what here; install what Debian calls $apt" >&2
        return 1
    fi
    echo "error: no $what here; install it with: $cure" >&2
    return 1
}

# apt_install SUDO WHAT PACKAGES
apt_install() {
    echo "There is no $2 here: installing $3 with apt-get." >&2
    # An outdated or unreachable list of one source need not stop the rest.
    # $1 and $3 are lists of words, and nobody answers questions here.
    # shellcheck disable=SC2086
    $1 env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 || true
    # shellcheck disable=SC2086
    $1 env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends $3 >&2 && return 0
    echo "error: apt-get could not install $3; see its message above" >&2
    return 1
}
