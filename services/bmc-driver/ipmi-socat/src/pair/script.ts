/**
 * What socat runs for each client (`activate`), and the driver for itself (`login`, `deactivate`). It stands in the folder of its console;
 * everything that a user wrote is in files beside it, so nothing of it passes through the grammar of socat or of the shell.
 *
 * - Signals are ignored, by ipmitool as well: it ends when its terminal does, and gives the console back to the BMC before. Killed by the
 *   signal that socat sends, it would leave the console taken. (`~^Z` would stop it for ever.)
 * - `active` says that a session may stand at the BMC, `lost` that it may have been left there. Only what these name is deactivated: whoever
 *   else has the console keeps it, unless there is `takeover`.
 * - The status for socat is 0 whatever happened: with another one it ends at once, before it has carried what was said last to the client.
 * - `refused`: the BMC has refused the credentials. It is not asked again with them, however often somebody connects.
 */
export const script = `# Runs ipmitool for one console: activate, login or deactivate. Made by consolemesh; see the README of bmc-driver/ipmi-socat.
verb=$1
umask 077
cd "\${0%/*}" || exit 1
LC_ALL=C; export LC_ALL
set --
while IFS= read -r word; do set -- "$@" "$word"; done <arguments
if [ -s key ]; then
  IPMI_KGKEY=$(cat key; printf x); IPMI_KGKEY=\${IPMI_KGKEY%x}
fi
tool() {
  if [ -s key ]; then IPMI_KGKEY=$IPMI_KGKEY ipmitool "$@"; else ipmitool "$@"; fi
}
case $verb in
  login) tool "$@" mc info >/dev/null; exit ;;
  deactivate) tool "$@" sol deactivate >/dev/null; exit ;;
  activate) ;;
  *) exit 2 ;;
esac
trap '' HUP INT QUIT TERM TSTP XFSZ
exec 9>lock
flock -w 15 9 || { echo 'The session before is still being ended; try again.'; exit 0; }
if [ -e refused ]; then cat refused; exit 0; fi
if [ -e takeover ] || [ -e active ] || [ -n "$(find lost -mmin -2 2>/dev/null)" ]; then
  tool "$@" sol deactivate </dev/null >/dev/null 2>&1
fi
rm -f active lost
: >active
ulimit -f 2048
tool "$@" sol activate 2>errors
status=$?
said() { grep -q "$@" errors; }
if [ $status -eq 0 ]; then
  rm -f active
elif said -e 'payload already active' -e 'payload disabled' -e 'payload activation' -e 'cannot activate' -e 'Error activating' \
  -e 'response activating' -e 'different port' -e 'Unable to establish'; then
  rm -f active
  grep -v -e '^Loading' -e '^Using best' -e '^Running' -e '^Invalid completion' -e '^Discovered' -e '^$' errors
  if said -e 'RAKP 2 HMAC' -e 'invalid integrity check' -e 'unauthorized' -e 'invalid role' -e 'invalid name'; then
    { grep -e RAKP errors; echo 'Not tried again with these credentials.'; } >refused
  fi
elif said 'closed by BMC' && ! said 'Error sending'; then
  rm -f active
else
  if tool "$@" sol deactivate </dev/null >/dev/null 2>deactivation || grep -q 'already de-activated' deactivation; then
    rm -f active
  else
    mv -f active lost; touch lost
  fi
fi
exit 0
`;
