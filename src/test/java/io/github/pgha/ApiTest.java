package io.github.pgha;

import io.github.pgha.rules.InvalidInputException;
import io.github.pgha.rules.Problems;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The API that the version number speaks of: {@link PostgresCluster} and every type that one meets in its signatures. A
 * change of it is a change of {@code api.txt}, to be seen by whoever reads the commit: a line that goes or changes breaks
 * programs, a line that comes doesn't.
 */
class ApiTest {
    /** What records and enums have anyway. */
    private static final Set<String> GENERATED = Set.of("equals", "hashCode", "toString", "values", "valueOf");

    private final Map<String, Class<?>> api = new TreeMap<>();

    @Test
    void isWhatItWas() throws IOException {
        Stream.of(PostgresCluster.class, VirtualHosts.class, ExistingHosts.class, Timing.class, InvalidInputException.class)
                .forEach(this::add);
        String text = api.values().stream().map(ApiTest::described).collect(Collectors.joining("\n"));
        // To be moved over the old one if the change is meant.
        Files.writeString(Files.createDirectories(Path.of("target")).resolve("api.txt"), text);
        ExpectedFile.assertSame(this, "api.txt", text);
    }

    private void add(Type type) {
        if (type instanceof ParameterizedType parameterized) {
            add(parameterized.getRawType());
            Arrays.stream(parameterized.getActualTypeArguments()).forEach(this::add);
        } else if (type instanceof Class<?> found && found.getName().startsWith("io.github.pgha.")
                && api.putIfAbsent(found.getName(), found) == null) {
            members(found).flatMap(ApiTest::types).forEach(this::add);
        }
    }

    /** What others may use of a class. Whoever takes the collector of problems is the program's own. */
    private static Stream<Member> members(Class<?> type) {
        return Stream.<Stream<? extends Member>>of(Arrays.stream(type.getDeclaredFields()),
                        Arrays.stream(type.getDeclaredConstructors()), Arrays.stream(type.getDeclaredMethods()))
                .flatMap(members -> members).map(Member.class::cast)
                .filter(member -> Modifier.isPublic(member.getModifiers()) || Modifier.isProtected(member.getModifiers()))
                .filter(member -> !member.isSynthetic() && !GENERATED.contains(member.getName()))
                .filter(member -> types(member).noneMatch(Problems.class::equals));
    }

    private static Stream<Type> types(Member member) {
        if (member instanceof Field field) {
            return Stream.of(field.getGenericType());
        }
        var executable = (Executable) member;
        return Stream.of(Arrays.stream(executable.getGenericParameterTypes()),
                        Arrays.stream(executable.getGenericExceptionTypes()),
                        executable instanceof Method method ? Stream.of(method.getGenericReturnType()) : Stream.<Type>of())
                .flatMap(types -> types);
    }

    private static String described(Class<?> type) {
        var lines = new ArrayList<String>();
        if (type.isEnum()) {
            // Their order is nobody's business.
            Arrays.stream(type.getEnumConstants()).forEach(constant -> lines.add("    " + ((Enum<?>) constant).name()));
        }
        members(type).filter(member -> !(member instanceof Field field && field.isEnumConstant()))
                .forEach(member -> lines.add("    " + described(member)));
        lines.sort(null);
        lines.add(0, head(type));
        return String.join("\n", lines) + "\n";
    }

    private static String head(Class<?> type) {
        String kind = type.isRecord() ? "record" : type.isEnum() ? "enum" : type.isInterface() ? "interface" : "class";
        String components = type.isRecord() ? Arrays.stream(type.getRecordComponents())
                .map(component -> component.getGenericType().getTypeName() + " " + component.getName())
                .collect(Collectors.joining(", ", "(", ")")) : "";
        boolean plain = type.isRecord() || type.isEnum() || type.getSuperclass() == null;
        List<String> above = Stream.concat(plain ? Stream.of() : Stream.of(type.getGenericSuperclass()),
                Arrays.stream(type.getGenericInterfaces())).map(Type::getTypeName).toList();
        return kind + " " + type.getName() + components + (above.isEmpty() ? "" : ": " + String.join(", ", above));
    }

    private static String described(Member member) {
        // Without the class, which stands above.
        String owner = member.getDeclaringClass().getName();
        String own = owner + "." + member.getName();
        if (member instanceof Field field) {
            return field.toGenericString().replace(own, member.getName());
        }
        return member instanceof Constructor<?> constructor ? constructor.toGenericString().replace(owner + "(", "new(")
                : ((Method) member).toGenericString().replace(own + "(", member.getName() + "(");
    }
}
