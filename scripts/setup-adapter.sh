#!/bin/sh
# Sees to it that there is an adapter to run kernels on: asks the gate, and
# where it finds none, installs a software Vulkan driver and the loader.
#
#   scripts/setup-adapter.sh GATE
#
# GATE is the built program; `GATE devices` exits 0 when it finds an adapter.
# Exits 0 when there is one at last, and else says in one sentence what to do.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: scripts/setup-adapter.sh GATE" >&2
    exit 2
fi
gate=$1

has_adapter() {
    said=$("$gate" devices --quiet 2>&1)
}

has_adapter && exit 0

case "$(uname -s)" in
    Linux)
        here=$(cd "$(dirname "$0")" && pwd)
        # shellcheck source=scripts/packages.sh
        . "$here/packages.sh"
        install_packages "Vulkan adapter" \
            "mesa-vulkan-drivers libvulkan1" \
            "mesa-vulkan-drivers vulkan-loader" \
            "vulkan-swrast vulkan-icd-loader" \
            "libvulkan_lvp libvulkan1" \
            "mesa-vulkan-swrast vulkan-loader" || exit 1
        ;;
    Darwin)
        echo "error: no Metal adapter here; a virtual machine needs a paravirtualized GPU for Metal" >&2
        exit 1
        ;;
    MINGW* | MSYS* | CYGWIN*)
        echo "error: no DirectX 12 adapter here; WARP, the software one, comes with Windows 10 and later" >&2
        exit 1
        ;;
    *)
        echo "error: no Vulkan adapter here; install Mesa's lavapipe and the Vulkan loader" >&2
        exit 1
        ;;
esac

has_adapter && exit 0
echo "error: the software Vulkan driver is installed, and the gate still finds no adapter; it says:" >&2
echo "$said" >&2
exit 1
