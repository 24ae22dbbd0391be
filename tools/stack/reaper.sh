# Waits until the process that holds our standard input is gone, then ends every process group that it left behind.
# $1: the folder of pid files, each "<pid> <start time>". A stack that stops well has removed them before.
cat > /dev/null
# Read once: a stack that starts in this folder in the meantime is not ours.
pids=$(cut -d ' ' -f 1 "$1"/* 2> /dev/null)
for pid in $pids; do kill -s TERM -- "-$pid" 2> /dev/null; done
[ -z "$pids" ] || sleep 3
for pid in $pids; do kill -s KILL -- "-$pid" 2> /dev/null; done
