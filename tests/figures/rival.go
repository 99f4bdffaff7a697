// What a program in Go pays for the same: fresh connections through the proxy, one root, full verification, the status.
//
//	rival PROXY ROOTS URLS PARALLEL
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "rival:", err)
		os.Exit(1)
	}
}

func main() {
	proxy, err := url.Parse(os.Args[1])
	check(err)
	pem, err := os.ReadFile(os.Args[2])
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	list, err := os.ReadFile(os.Args[3])
	check(err)
	parallel, err := strconv.Atoi(os.Args[4])
	check(err)
	client := &http.Client{
		Transport: &http.Transport{
			Proxy:             http.ProxyURL(proxy),
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DisableKeepAlives: true,
		},
		Timeout: 20 * time.Second,
	}
	out := bufio.NewWriter(os.Stdout)
	urls := make(chan string)
	results := make(chan string, parallel)
	var workers sync.WaitGroup
	for i := 0; i < parallel; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for target := range urls {
				answer, err := client.Get(target)
				check(err)
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				results <- fmt.Sprintf("%s %d\n", target, answer.StatusCode)
			}
		}()
	}
	go func() {
		for _, target := range strings.Split(string(list), "\n") {
			urls <- target
		}
		close(urls)
		workers.Wait()
		close(results)
	}()
	for line := range results {
		if !strings.HasSuffix(line, " 200\n") {
			check(fmt.Errorf("%s", line))
		}
		out.WriteString(line)
	}
	check(out.Flush())
}
