// Markers prints the texts that make a line of a log worth keeping, one per line, for grep -F -f.
package main

import (
	"fmt"

	"bootgate/gate/diagnose"
)

func main() {
	for _, m := range diagnose.Markers() {
		fmt.Println(m)
	}
}
