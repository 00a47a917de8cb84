cat <<-'E' > out 2>&1
	$no
	E
f() { local x=(a "b c" $'d\n'); echo "${x[@]/#-/+}" `date`; }
case "$1" in a|b) f & ;; *) (cd / && ls) | tee <(cat) ;; esac
