// A pod for the cluster's own tests: `serve` answers with the pod's host name, `ask` asks until somebody answers.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	switch os.Args[1] {
	case "serve":
		http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			name, _ := os.Hostname()
			fmt.Fprint(w, "hello from ", name)
		})
		fail(http.ListenAndServe(":8080", nil))
	case "ask": // a URL, the addresses of a UDP echo and of a server that speaks first, and a name that does not exist
		fmt.Println(untilItWorks(func() (string, error) { return overHTTP(os.Args[2]) }))
		fmt.Println(untilItWorks(func() (string, error) { return overUDP(os.Args[3]) }))
		fmt.Println(untilItWorks(func() (string, error) { return overTCP(os.Args[4]) }))
		_, err := net.LookupHost(os.Args[5])
		var failure *net.DNSError
		fmt.Println(os.Args[5], "exists:", !(errors.As(err, &failure) && failure.IsNotFound))
		fmt.Println("writing to the root file system:", os.WriteFile("/written", nil, 0o600))
	}
}

func untilItWorks(ask func() (string, error)) string {
	for {
		answer, err := ask()
		if err == nil {
			return answer
		}
		fmt.Fprintln(os.Stderr, err)
		time.Sleep(200 * time.Millisecond)
	}
}

func overHTTP(url string) (string, error) {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return string(answer), err
}

func overTCP(address string) (string, error) {
	connection, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(2 * time.Second))
	greeting := make([]byte, 64)
	n, err := connection.Read(greeting)
	return string(greeting[:n]), err
}

func overUDP(address string) (string, error) {
	connection, err := net.Dial("udp", address)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := connection.Write([]byte("ping")); err != nil {
		return "", err
	}
	answer := make([]byte, 16)
	n, err := connection.Read(answer)
	return "udp " + string(answer[:n]), err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
