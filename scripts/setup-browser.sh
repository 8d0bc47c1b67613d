#!/bin/sh
# Sees to it that there is a browser to open the HTML report in: where it finds
# none, installs Chromium if that needs no password. Debian's brings SwiftShader
# along, the second software adapter that kernels are verified on.
#
#   scripts/setup-browser.sh
#
# Exits 0 either way: without a browser its tests are skipped, and say so.
set -eu

for browser in "${CHROME:-chromium}" chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$browser" >/dev/null 2>&1 && exit 0
done
[ "$(uname -s)" = Linux ] || exit 0
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/packages.sh
. "$here/packages.sh"
install_packages "Chromium" chromium chromium chromium chromium chromium ||
    echo "The HTML report will not be opened in a browser." >&2
