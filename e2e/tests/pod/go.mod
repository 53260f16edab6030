module june.dev/stt/e2e/pod

go 1.26.0
