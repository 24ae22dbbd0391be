# Waits until the process that holds our standard input is gone, then ends every process group that it left behind.
# $1: the folder of pid files, each "<pid> <start time>". A stack that stops well has removed them before.
cat > /dev/null
for signal in TERM KILL; do
  for file in "$1"/*; do
    [ -f "$file" ] || continue
    read -r pid _ < "$file"
    kill -s "$signal" -- "-$pid" 2> /dev/null
  done
  [ "$signal" = KILL ] || sleep 3
done
rm -f "$1"/*
